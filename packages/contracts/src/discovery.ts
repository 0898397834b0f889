import type { Backend } from './backend.ts';

/** Where backends come from. */
export interface Discovery {
  /**
   * Yields full lists: the first as soon as it is known, then one whenever it changes. Ends when `signal` aborts, or
   * when the list can never change again.
   */
  watch(options: { readonly signal: AbortSignal }): AsyncIterable<readonly Backend[]>;
  /** Called once, last. */
  dispose?(): void | Promise<void>;
}
