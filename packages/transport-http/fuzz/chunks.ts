import { RESPONSE_CHUNK_LIMITS } from '../src/chunk-limits.ts';
import { ChunkedReader } from '../src/chunked-reader.ts';
import { badRequest, HttpError } from '../src/http-errors.ts';
import { Outgoing } from '../src/outgoing.ts';
import { dechunk } from './chunk-model.ts';
import { atRandom, everywhere, oneByOne } from './cuts.ts';
import { readFieldLines, type Field } from './fields.ts';
import { chunkedBody } from './generate/chunk-text.ts';
import { mutate } from './generate/mutations.ts';
import { ACCEPTED, finding, REFUSED, type Finding, type FuzzTarget, type Verdict } from './target.ts';
import { goesOnAsTrailer } from './trailers.ts';

/** What the reader made of a body. */
interface Unchunked {
  readonly outcome: 'whole' | 'refused' | 'unfinished';
  /** As it is passed on; only where it is whole. */
  readonly out: string;
  readonly dataBytes: number;
  /** Bytes that belong to it. */
  readonly consumed: number;
}

/** The reader of chunks agrees with a plain model, wherever its body is cut, as chunks and as plain bytes. */
export function chunks(): FuzzTarget {
  return {
    name: 'chunks',
    generate: (dice) => mutate(dice, chunkedBody(dice)) + (dice.percent(30) ? 'rest' : ''),
    check: ({ text, salt }) => check(Buffer.from(text, 'latin1'), text, salt),
  };
}

function check(wire: Buffer, text: string, salt: number): Verdict {
  const model = dechunk(text);
  const plain = unchunk(wire, [], false);
  const kept = unchunk(wire, [], true);
  if ((plain.outcome === 'whole') !== (model !== undefined)) return finding('the model disagrees', plain, model);
  if (kept.outcome !== plain.outcome) return finding('keeping chunks changes the outcome', plain, kept);
  if (model !== undefined) {
    const { data, length } = model;
    const ours = [plain.out, plain.dataBytes, plain.consumed, kept.dataBytes, kept.consumed];
    const theirs = [data, data.length, length, data.length, length];
    if (ours.some((value, index) => value !== theirs[index])) return finding('the model reads otherwise', ours, theirs);
  }
  return compareCuts(wire, plain, model, salt) ?? (model === undefined ? REFUSED : ACCEPTED);
}

function compareCuts(
  wire: Buffer,
  plain: Unchunked,
  model: ReturnType<typeof dechunk>,
  salt: number,
): Finding | undefined {
  const trailers = readFieldLines(model?.trailers ?? '').filter(goesOnAsTrailer);
  for (const cuts of waysToCut(wire.length, salt)) {
    const cut = unchunk(wire, cuts, false);
    if (!same(cut, plain)) return finding('a cut changes how chunks are read', plain, { cuts, cut });
    const kept = unchunk(wire, cuts, true);
    if (kept.outcome !== plain.outcome || kept.consumed !== plain.consumed) {
      return finding('a cut changes how chunks are read that are kept', plain, { cuts, kept });
    }
    if (model !== undefined && !isFaithful(kept.out, model.data, trailers)) {
      return finding('chunks are passed on that say something else', { cuts, kept }, model);
    }
  }
  return undefined;
}

function waysToCut(length: number, salt: number): readonly (readonly number[])[] {
  if (length < 2) return [[]];
  return [[], everywhere(length), atRandom(length, salt), ...oneByOne(length)];
}

function same(some: Unchunked, other: Unchunked): boolean {
  return (
    some.outcome === other.outcome &&
    some.out === other.out &&
    some.dataBytes === other.dataBytes &&
    some.consumed === other.consumed
  );
}

/** Whether the chunks in `out` say exactly that, and no extensions. */
function isFaithful(out: string, data: string, trailers: readonly Field[]): boolean {
  const said = dechunk(out);
  if (said?.data !== data || said.length !== out.length) return false;
  return JSON.stringify(readFieldLines(said.trailers)) === JSON.stringify(trailers);
}

function unchunk(wire: Buffer, cuts: readonly number[], keepChunks: boolean): Unchunked {
  const reader = new ChunkedReader(badRequest, RESPONSE_CHUNK_LIMITS);
  const out = new Outgoing();
  reader.start(out, keepChunks);
  try {
    for (let start = 0, index = 0; index <= cuts.length; index++) {
      const end = cuts[index] ?? wire.length;
      const consumed = start + reader.read(wire.subarray(start, end), 0, end - start);
      if (reader.done) return { outcome: 'whole', out: out.gathered, dataBytes: reader.dataBytes, consumed };
      start = end;
    }
  } catch (error) {
    if (error instanceof HttpError) return { outcome: 'refused', out: '', dataBytes: 0, consumed: 0 };
    throw error;
  }
  return { outcome: 'unfinished', out: '', dataBytes: 0, consumed: 0 };
}
