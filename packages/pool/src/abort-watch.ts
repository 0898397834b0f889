/**
 * Tells when signals abort, with one listener for each signal, whoever waits for it: with one for each caller, Node would
 * warn of a leak as soon as eleven of them share a signal.
 */
export class AbortWatch {
  readonly #watched = new Map<AbortSignal, { readonly callbacks: Set<() => void>; readonly listener: () => void }>();

  /** @param signal - not aborted yet */
  add(signal: AbortSignal, onAbort: () => void): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) {
      watched.callbacks.add(onAbort);
      return;
    }
    const callbacks = new Set([onAbort]);
    const listener = () => {
      for (const callback of callbacks) callback();
    };
    this.#watched.set(signal, { callbacks, listener });
    signal.addEventListener('abort', listener, { once: true });
  }

  /** From now on `onAbort` is not called. */
  remove(signal: AbortSignal, onAbort: () => void): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.callbacks.delete(onAbort);
    if (watched.callbacks.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', watched.listener);
  }
}
