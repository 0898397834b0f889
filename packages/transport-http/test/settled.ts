/** Turns of the event loop; what is under way on loopback moves in every one of them. */
const TURNS = 200;

/** Resolves when `read()` has said the same for a good while: nothing moves any more. */
export async function settled(read: () => number): Promise<number> {
  let last = read();
  for (let turn = 0; turn < TURNS; turn++) {
    await new Promise(setImmediate);
    const now = read();
    if (now !== last) turn = 0;
    last = now;
  }
  return last;
}
