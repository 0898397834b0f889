import { Link, LinkedList } from './linked-list.ts';

/** Whoever waits for one signal. */
interface Watchers {
  readonly callbacks: LinkedList<Link<() => void>>;
  /** Of the signal, while there are any. */
  readonly listener: () => void;
}

/**
 * Tells when signals abort, with one listener for each signal, whoever waits for it: with one for each caller, Node would
 * warn of a leak as soon as eleven of them share a signal.
 */
export class AbortWatch {
  readonly #watched = new WeakMap<AbortSignal, Watchers>();

  /** @param signal - not aborted yet @returns what {@link AbortWatch.remove} takes */
  add(signal: AbortSignal, onAbort: () => void): Link<() => void> {
    const { callbacks, listener } = this.#watch(signal);
    if (callbacks.length === 0) signal.addEventListener('abort', listener, { once: true });
    const link = new Link(onAbort);
    callbacks.addLast(link);
    return link;
  }

  /** From now on it is not called. */
  remove(signal: AbortSignal, link: Link<() => void>): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.callbacks.remove(link);
    if (watched.callbacks.length === 0) signal.removeEventListener('abort', watched.listener);
  }

  #watch(signal: AbortSignal): Watchers {
    let watched = this.#watched.get(signal);
    if (watched === undefined) {
      const callbacks = new LinkedList<Link<() => void>>();
      const listener = () => {
        for (const { value: callback } of callbacks) callback();
      };
      this.#watched.set(signal, (watched = { callbacks, listener }));
    }
    return watched;
  }
}
