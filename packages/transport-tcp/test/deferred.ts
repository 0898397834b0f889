/** A promise that is resolved from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function deferred<T = void>(): Deferred<T> {
  const holder: { resolve?: (value: T) => void } = {};
  const promise = new Promise<T>((resolve) => (holder.resolve = resolve));
  return { promise, resolve: (value) => holder.resolve?.(value) };
}
