import { seededRandom } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { Roster, type Seat } from './roster.ts';

function membersOf<T>(roster: Roster<T>): Set<T> {
  const members = new Set<T>();
  roster.forEach((member) => members.add(member));
  return members;
}

describe('a Roster', () => {
  it('has what was added and not removed, whatever the order', () => {
    const random = seededRandom(1);
    const roster = new Roster<number>();
    const seats = new Map<number, Seat<number>>();
    for (let member = 0; member < 2000; member++) {
      seats.set(member, roster.add(member));
      const [victim, seat] = [...seats][Math.floor(random() * seats.size)] ?? [];
      if (random() > 0.45 || victim === undefined || seat === undefined) continue;
      roster.remove(seat);
      // A place is given up once.
      roster.remove(seat);
      seats.delete(victim);
    }
    expect(roster.size).toBe(seats.size);
    expect(membersOf(roster)).toEqual(new Set(seats.keys()));
  });

  it('visits each that stays once, whatever is removed or added meanwhile', () => {
    const roster = new Roster<number>();
    const seats = Array.from({ length: 9 }, (_, member) => roster.add(member));
    const visits: number[] = [];
    roster.forEach((member) => {
      visits.push(member);
      // Itself, one that was visited, and one that was not.
      for (const other of [member, 8, 2]) if (member === 6) roster.remove(seats[other] ?? roster.add(-1));
      if (member === 4) roster.add(9);
    });
    expect(new Set(visits)).toEqual(new Set([8, 7, 6, 5, 4, 3, 1, 0]));
    expect(membersOf(roster)).toEqual(new Set([7, 5, 4, 3, 1, 0, 9]));
  });
});
