import type { PickContext } from '@millpond/contracts';

/** A pick context that notices when it is read outside of a pick. */
export class WatchedContext implements PickContext {
  #isLent = false;
  readonly #misuses: string[] = [];

  /** What was read while no pick was under way. */
  get misuses(): readonly string[] {
    return this.#misuses;
  }

  get clientAddress(): string | undefined {
    this.#note('clientAddress');
    return '192.0.2.1';
  }

  get clientId(): string | undefined {
    this.#note('clientId');
    return undefined;
  }

  header(name: string): string | undefined {
    this.#note(`header(${JSON.stringify(name)})`);
    return undefined;
  }

  tried(): boolean {
    this.#note('tried()');
    return false;
  }

  /** Runs `pick`, which may read the context while it runs. */
  lend(pick: (context: PickContext) => void): void {
    this.#isLent = true;
    pick(this);
    this.#isLent = false;
  }

  #note(member: string): void {
    if (!this.#isLent) this.#misuses.push(member);
  }
}
