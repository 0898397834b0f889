import { MillpondError } from '@millpond/contracts';
import type { Outcome, PickRequest, Strategy } from '@millpond/contracts';
import type { LiveCandidate } from './live-candidate.ts';
import { PriorityLevel } from './priority-level.ts';
import { ReusablePickContext } from './reusable-pick-context.ts';

/**
 * Hosts the strategies of one upstream: one for each priority. A request goes to the lowest-numbered priority that has
 * a candidate for it.
 *
 * The order of calls: {@link Balancer.prepare} for every priority, {@link Balancer.update} whenever the usable set or a
 * weight in it has changed, {@link Balancer.pick} and {@link Balancer.report} for each request, and
 * {@link Balancer.dispose} once, last.
 */
export class Balancer<T extends LiveCandidate> {
  readonly #createStrategy: () => Strategy | Promise<Strategy>;
  readonly #creations = new Map<number, Promise<void>>();
  readonly #levels = new Map<number, PriorityLevel<T>>();
  readonly #context = new ReusablePickContext();
  /** The levels that have candidates, in the order in which they are asked. */
  #inUse: readonly PriorityLevel<T>[] = [];
  #isDisposed = false;

  /** @param createStrategy - called once for each priority; the balancer disposes of what it returns */
  constructor(createStrategy: () => Strategy | Promise<Strategy>) {
    this.#createStrategy = createStrategy;
  }

  /**
   * Creates the strategies of these priorities, where there are none yet.
   *
   * @throws what `createStrategy` throws; the priority may be prepared again then
   * @throws ERR_BALANCER_DISPOSED - the balancer was disposed of meanwhile
   */
  async prepare(priorities: Iterable<number>): Promise<void> {
    await Promise.all(Array.from(new Set(priorities), (priority) => this.#prepareOne(priority)));
  }

  /**
   * The candidates that may be used have changed, or their weights. Those of weight 0 are left out.
   *
   * @throws ERR_BALANCER_NOT_PREPARED - a candidate has a priority that was not prepared; nothing has changed
   */
  update(usable: readonly T[]): void {
    if (this.#isDisposed) return;
    const byPriority = new Map<number, T[]>();
    for (const candidate of usable) {
      const { id, priority } = candidate.backend;
      if (!this.#levels.has(priority)) throw notPrepared(id, priority);
      if (candidate.weight <= 0) continue;
      const members = byPriority.get(priority);
      if (members === undefined) byPriority.set(priority, [candidate]);
      else members.push(candidate);
    }
    for (const level of this.#levels.values()) level.update(byPriority.get(level.priority) ?? []);
    this.#inUse = [...this.#levels.values()]
      .filter((level) => !level.isEmpty)
      .toSorted((a, b) => a.priority - b.priority);
  }

  /**
   * Chooses the candidate for a request. Synchronous; allocates nothing where the first pick holds.
   *
   * If the strategy picks one that was tried or is not admitted, it is asked once more; then any other is taken, and
   * where a priority has none left, the next one is asked.
   *
   * @param tried - candidates on which this request has been tried already; they are never chosen again
   * @param admits - the last word of a candidate's gate; called for the one that is about to be chosen, so that true
   * means it is
   * @returns undefined if none is left
   */
  pick(request: PickRequest, tried: readonly T[], admits: (candidate: T) => boolean): T | undefined {
    const context = this.#context;
    const levels = this.#inUse;
    context.begin(request, tried);
    try {
      for (let i = 0; i < levels.length; i += 1) {
        const picked = levels[i]?.pick(context, admits);
        if (picked !== undefined) return picked;
      }
      return undefined;
    } finally {
      context.end();
    }
  }

  /** An exchange with that candidate has ended; its strategy is told, whether the candidate is still usable or not. */
  report(candidate: T, outcome: Outcome): void {
    this.#levels.get(candidate.backend.priority)?.report(candidate, outcome);
  }

  /**
   * Disposes of the strategies. Nothing is picked any more; updates and reports are ignored.
   *
   * @throws ERR_BALANCER_DISPOSE_FAILED - a strategy threw; all of them have been called nevertheless
   */
  dispose(): void {
    this.#isDisposed = true;
    const levels = [...this.#levels.values()];
    this.#inUse = [];
    this.#levels.clear();
    const errors = levels.flatMap((level) => level.dispose());
    if (errors.length > 0) throw disposeFailed(errors);
  }

  #prepareOne(priority: number): Promise<void> {
    const known = this.#creations.get(priority);
    if (known !== undefined) return known;
    const creation = this.#createLevel(priority).catch((error: unknown) => {
      this.#creations.delete(priority);
      throw error;
    });
    this.#creations.set(priority, creation);
    return creation;
  }

  async #createLevel(priority: number): Promise<void> {
    const strategy = await this.#createStrategy();
    if (this.#isDisposed) {
      strategy.dispose?.();
      throw new MillpondError(
        'ERR_BALANCER_DISPOSED',
        `The balancer was disposed of before the strategy of priority ${priority} was ready; prepare a new balancer.`,
      );
    }
    this.#levels.set(priority, new PriorityLevel<T>(priority, strategy));
  }
}

function disposeFailed(errors: readonly unknown[]): MillpondError {
  return new MillpondError(
    'ERR_BALANCER_DISPOSE_FAILED',
    `${errors.length} strategies threw while they were disposed of; see the cause, and mend the plugin.`,
    { cause: new AggregateError(errors) },
  );
}

function notPrepared(id: string, priority: number): MillpondError {
  return new MillpondError(
    'ERR_BALANCER_NOT_PREPARED',
    `Backend ${id} has priority ${priority}, for which there is no strategy; await prepare([${priority}]) first.`,
  );
}
