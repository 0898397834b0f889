import type { Backend, Discovery } from '@millpond/contracts';

/** What {@link watchDiscovery} does with what it gets. */
export interface WatchOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Gets each list, after it is done with the one before. */
  readonly apply: (backends: readonly Backend[]) => Promise<void>;
  /** A later list could not be had, and none will come any more, or it could not be applied. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Applies every list of a discovery. Resolves when the first one is applied; the others follow in the background.
 *
 * @throws what the discovery or `apply` throws, about the first list
 */
export async function watchDiscovery(discovery: Discovery, options: WatchOptions): Promise<void> {
  const { signal, onFailed } = options;
  const lists = discovery.watch({ signal })[Symbol.asyncIterator]();
  const first = await lists.next();
  if (first.done === true || signal.aborted) return;
  await options.apply(first.value);
  const report = (error: unknown) => {
    if (!signal.aborted) onFailed(error);
  };
  void follow(lists, options, report).catch(report);
}

async function follow(
  lists: AsyncIterator<readonly Backend[]>,
  { signal, apply }: WatchOptions,
  report: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    const { done, value } = await lists.next();
    if (done === true || signal.aborted) return;
    await apply(value).catch(report);
  }
}
