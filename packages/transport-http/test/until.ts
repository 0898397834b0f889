/** Resolves as soon as `isSo` is true, looking once per turn of the event loop; rejects after 5 s. */
export async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain until ${isSo.toString()}`);
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}
