import { Dice } from './dice.ts';

/** One case in so many is cut into bytes; it takes long. */
const INTO_BYTES = 4;
/** One case in so many is cut at every single position; that takes longest. */
const AT_EACH = 64;
const LONG = 300;

/** Ways to cut a message of that length: at random, and in some cases into bytes, or at each position alone. */
export function* cutsOf(length: number, salt: number): Generator<readonly number[]> {
  if (length < 2) return;
  yield atRandom(length, salt);
  if (salt % INTO_BYTES === 0) yield everywhere(length);
  if (salt % AT_EACH === 0) yield* oneByOne(length);
}

/** Each cut in two; none where the message is long: that would take its square. */
export function* oneByOne(length: number): Generator<readonly number[]> {
  if (length > LONG) return;
  for (let cut = 1; cut < length; cut++) yield [cut];
}

/** Every byte alone. */
export function everywhere(length: number): readonly number[] {
  const cuts: number[] = [];
  for (let cut = 1; cut < length; cut++) cuts.push(cut);
  return cuts;
}

/** A few cuts; some of them may fall together, which makes an empty piece. */
export function atRandom(length: number, salt: number): readonly number[] {
  const dice = new Dice(salt);
  return dice.some(6, () => 1 + dice.below(length - 1)).toSorted((a, b) => a - b);
}
