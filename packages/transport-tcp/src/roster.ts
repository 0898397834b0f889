/** A place in a {@link Roster}. */
export class Seat<T> {
  readonly member: T;
  /** Where it is in the roster, which writes it; -1 once it has been given up. */
  index: number;

  constructor(member: T, index: number) {
    this.member = member;
    this.index = index;
  }
}

/**
 * Members that come and go all the time, in no order.
 *
 * Not a Set: when V8 rebuilds the table of one, the old table keeps its entries and points to the new one; as soon as one
 * such table is in the old generation, those after it follow, with all they hold. A proxy that kept its clients in Sets had
 * nearly half of its garbage live on until the next full collection.
 */
export class Roster<T> {
  readonly #seats: Seat<T>[] = [];

  get size(): number {
    return this.#seats.length;
  }

  add(member: T): Seat<T> {
    const seat = new Seat(member, this.#seats.length);
    this.#seats.push(seat);
    return seat;
  }

  /** Gives up a place; says whether it was not given up before. */
  remove(seat: Seat<T>): boolean {
    const { index } = seat;
    if (index < 0) return false;
    seat.index = -1;
    const last = this.#seats.pop();
    if (last !== undefined && last !== seat) {
      last.index = index;
      this.#seats[index] = last;
    }
    return true;
  }

  /** Any of them may be removed meanwhile, by whatever is called: then one may come twice. Those that are added are left out. */
  forEach(visit: (member: T) => void): void {
    // Backwards: what takes the place of one that is removed was visited before.
    for (let index = this.#seats.length - 1; index >= 0; index--) {
      const seat = this.#seats[index];
      if (seat !== undefined) visit(seat.member);
    }
  }
}
