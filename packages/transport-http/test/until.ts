/** Shorter than the time-out of a test, so that its message is seen. */
const TIMEOUT_MS = 10_000;

/** Resolves as soon as `isSo` is true, looking once per turn of the event loop; rejects after 10 s. */
export async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${isSo.toString()}`);
    await new Promise(setImmediate);
  }
}
