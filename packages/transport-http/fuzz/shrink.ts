/** Tries in one shrinking; enough to make a message of some kilobytes small. */
const MAX_TRIES = 2000;

/**
 * Leaves out of `text` whatever can be left out: halves first, single bytes at last, until nothing more can.
 *
 * @param fails - whether a text still shows what it was found for
 */
export async function shrink(text: string, fails: (text: string) => Promise<boolean>): Promise<string> {
  let smallest = text;
  let tries = 0;
  for (let size = Math.ceil(text.length / 2); size >= 1;) {
    let isShorter = false;
    for (let at = 0; at < smallest.length && tries < MAX_TRIES;) {
      const candidate = smallest.slice(0, at) + smallest.slice(at + size);
      tries++;
      if (await fails(candidate)) {
        smallest = candidate;
        isShorter = true;
      } else {
        at += size;
      }
    }
    if (size === 1 && !isShorter) break;
    if (!isShorter || size > 1) size = Math.max(1, Math.floor(size / 2));
  }
  return smallest;
}
