import type { Candidate, Outcome, Strategy } from '@millpond/contracts';
import type { LiveCandidate } from './live-candidate.ts';
import type { ReusablePickContext } from './reusable-pick-context.ts';

/** The usable candidates of one priority, and the strategy that picks among them. */
export class PriorityLevel<T extends LiveCandidate> {
  readonly priority: number;
  readonly #strategy: Strategy;
  /** By what the strategy gives back, which may be anything. */
  #members: ReadonlyMap<Candidate, T> = new Map();
  #usable: readonly T[] = [];
  #next = 0;

  constructor(priority: number, strategy: Strategy) {
    this.priority = priority;
    this.#strategy = strategy;
  }

  get isEmpty(): boolean {
    return this.#usable.length === 0;
  }

  update(usable: readonly T[]): void {
    this.#usable = usable;
    this.#members = new Map(usable.map((candidate) => [candidate, candidate]));
    this.#strategy.update(usable);
  }

  /** Asks the strategy twice, then takes the first that may be had, starting at another one each time. */
  pick(context: ReusablePickContext, admits: (candidate: T) => boolean): T | undefined {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const picked = this.#strategy.pick(context);
      const member = picked === undefined ? undefined : this.#members.get(picked);
      if (member !== undefined && isFree(member, context, admits)) return member;
    }
    const count = this.#usable.length;
    this.#next += 1;
    for (let i = 0; i < count; i += 1) {
      const member = this.#usable[(this.#next + i) % count];
      if (member !== undefined && isFree(member, context, admits)) return member;
    }
    return undefined;
  }

  report(candidate: T, outcome: Outcome): void {
    this.#strategy.report?.(candidate, outcome);
  }

  /** Never throws; returns what the strategy threw. */
  dispose(): readonly unknown[] {
    try {
      this.#strategy.dispose?.();
      return [];
    } catch (error) {
      return [error];
    }
  }
}

function isFree<T extends LiveCandidate>(
  candidate: T,
  context: ReusablePickContext,
  admits: (candidate: T) => boolean,
): boolean {
  if (context.tried(candidate)) return false;
  if (admits(candidate)) return true;
  context.refuse(candidate);
  return false;
}
