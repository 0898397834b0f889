import type { MessageLimits } from '@millpond/contracts';
import { BodyReader } from '../src/body-reader.ts';
import { RESPONSE_CHUNK_LIMITS } from '../src/chunk-limits.ts';
import { HeadReader } from '../src/head-reader.ts';
import { badRequest, badResponse, HttpError } from '../src/http-errors.ts';
import { DEFAULT_LIMITS } from '../src/http-transport.ts';
import { Outgoing } from '../src/outgoing.ts';
import type { RequestHead } from '../src/request-head.ts';
import { RequestReader, type LatestSection } from '../src/request-reader.ts';
import { parseResponseHead, RESPONSE_HEADS, type ParsedResponse, type ResponseHead } from '../src/response-head.ts';

/** A message that was read whole. */
export interface Whole<Head> {
  readonly head: Head;
  /** The body as it would go out. */
  readonly body: string;
  /** What came behind it. */
  readonly rest: string;
}

/** A message that was read whole, the status of its refusal, or undefined where more of it is awaited. */
export type Reading<Head> = Whole<Head> | number | undefined;

export interface ReadOptions {
  /** Where the bytes are cut in pieces; ascending. */
  readonly cuts?: readonly number[];
  readonly keepChunks?: boolean;
  /** Of requests. @defaultValue {@link DEFAULT_LIMITS} */
  readonly limits?: MessageLimits;
  /** Of requests: where the same one came before. @defaultValue nowhere */
  readonly cameBefore?: 'on the connection' | 'on another one';
}

/** Reads one request as a client's connection would. */
export function readRequest(text: string, options: ReadOptions = {}): Reading<RequestHead> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const latest: LatestSection = {};
  let requests = new RequestReader(limits, latest);
  const read = (): Reading<RequestHead> =>
    readMessage(text, options, new BodyReader(badRequest, limits), (buffer, start, end) => {
      const head = requests.read(buffer, start, end);
      return head && { head, next: requests.next };
    });
  const first = read();
  if (options.cameBefore === undefined || typeof first !== 'object') return first;
  if (options.cameBefore === 'on another one') requests = new RequestReader(limits, latest);
  return read();
}

/** Reads one response as a backend's connection would. */
export function readResponse(text: string, method = 'GET', options: ReadOptions = {}): Reading<ResponseHead> {
  const heads = new HeadReader<ParsedResponse>(RESPONSE_HEADS);
  return readMessage(text, options, new BodyReader(badResponse, RESPONSE_CHUNK_LIMITS), (buffer, start, end) => {
    const next = heads.read(buffer, start, end);
    return next === -1 ? undefined : { head: parseResponseHead(heads.text, 0, heads.end, method), next };
  });
}

function readMessage<Head extends RequestHead | ResponseHead>(
  text: string,
  { cuts = [], keepChunks = true }: ReadOptions,
  body: BodyReader,
  readHead: (buffer: Buffer, start: number, end: number) => { head: Head; next: number } | undefined,
): Reading<Head> {
  const out = new Outgoing();
  const wire = Buffer.from(text, 'latin1');
  let head: Head | undefined;
  try {
    for (let start = 0, index = 0; index <= cuts.length; index++) {
      const end = cuts[index] ?? wire.length;
      // A buffer of its own for every piece, as on the wire.
      const piece = wire.subarray(start, end);
      let at = 0;
      if (head === undefined && piece.length > 0) {
        const read = readHead(piece, 0, piece.length);
        if (read !== undefined) {
          ({ head, next: at } = read);
          body.start(head.framing, head.contentLength, out, keepChunks);
        }
      }
      if (head !== undefined) {
        at = body.read(piece, at, piece.length);
        if (body.done) return { head, body: out.gathered, rest: text.slice(start + at) };
      }
      start = end;
    }
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
  if (head === undefined || !body.endOfConnection()) return undefined;
  return { head, body: out.gathered, rest: '' };
}
