import { METHODS } from 'node:http';
import type { RequestHead } from '../src/request-head.ts';
import { dechunk, type Dechunked } from './chunk-model.ts';
import type { DividedMessage } from './divide.ts';

/** Where we accept what Node refuses, or reads otherwise, and are right. Whatever is not in these lists is a finding. */
export interface KnownDifference<Message> {
  readonly name: string;
  /** Why it is right. */
  readonly reason: string;
  /** Whether it is still there in what is passed on. */
  readonly stays: boolean;
  applies(message: Message): boolean;
}

/** A request that we have accepted. */
export interface AcceptedRequest extends DividedMessage {
  readonly head: RequestHead;
}

const NODES_METHODS: ReadonlySet<string> = new Set(METHODS);

/** What Node takes for a chunk extension: no white space, no empty name. */
const NODES_EXTENSION = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]*|"[^"\\]*"))?$/;

const IN_BOTH: readonly KnownDifference<DividedMessage>[] = [
  {
    name: 'odd chunk extension',
    reason:
      'Extensions mean nothing to us, and none is passed on (RFC 9112 §7.1.1); Node refuses some for their grammar.',
    stays: false,
    applies: (message) =>
      chunksOf(message)?.extensions.some((all) => all.split(';').some((one) => !NODES_EXTENSION.test(one))) === true,
  },
  {
    name: 'framing field in a trailer',
    reason: 'It is dropped (RFC 9110 §6.5.1); Node parses it as if it stood in the head.',
    stays: false,
    applies: (message) =>
      /^(?:content-length|transfer-encoding|connection|upgrade):/im.test(chunksOf(message)?.trailers ?? ''),
  },
  {
    name: 'tab behind a framing value',
    reason: 'White space around a value is no part of it, and a tab is white space (RFC 9112 §5); not so to Node.',
    stays: false,
    applies: ({ section }) => /^(?:transfer-encoding:[ \t]*chunked|content-length:[ \t]*\d+) *\t/im.test(section),
  },
];

/** Differences in reading requests. */
export const KNOWN_IN_REQUESTS: readonly KnownDifference<AcceptedRequest>[] = [
  ...IN_BOTH,
  {
    name: 'unknown method',
    reason: 'A method is any token (RFC 9110 §9.1); Node knows a fixed list.',
    stays: true,
    applies: ({ head }) => !NODES_METHODS.has(head.method),
  },
  {
    name: 'later minor version',
    reason: 'HTTP/1.2 and above are read, and passed on, as HTTP/1.1 (RFC 9110 §2.5); Node refuses them.',
    stays: false,
    applies: ({ startLine }) => / HTTP\/1\.[2-9]$/.test(startLine),
  },
  {
    name: 'upgrade',
    reason:
      'A server need not upgrade (RFC 9110 §7.8), and until it does what follows is HTTP; Node reads nothing behind such a request.',
    stays: true,
    applies: ({ section }) => /^upgrade:/im.test(section) && /^(?:proxy-)?connection:.*upgrade/im.test(section),
  },
];

/** Differences in reading responses. */
export const KNOWN_IN_RESPONSES: readonly KnownDifference<DividedMessage>[] = [
  ...IN_BOTH,
  {
    name: 'last 1xx',
    reason:
      'Behind a 1xx there is another head (RFC 9110 §15.2), though it be of HTTP/1.0 or say close; Node takes it for the last.',
    stays: false,
    applies: ({ informational }) =>
      informational.some((head) => /^HTTP\/1\.0|\n(?:proxy-)?connection:.*close/i.test(head)),
  },
];

function chunksOf({ section, body }: DividedMessage): Dechunked | undefined {
  return /^transfer-encoding:/im.test(section) ? dechunk(body) : undefined;
}
