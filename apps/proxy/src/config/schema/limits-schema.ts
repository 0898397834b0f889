import { z } from 'zod';
import { count, size } from './values.ts';

/** `limits` of an app that speaks HTTP. */
export const limitsSchema = z.strictObject({
  requestLine: size().prefault('8k').describe('Longest request line; 0 is no limit'),
  head: size().prefault('16k').describe('Largest head of a request: its line and all its headers; 0 is no limit'),
  headers: count().default(100).describe('Most headers of a request; 0 is no limit'),
  body: size().prefault(0).describe('Largest body of a request; 0 is no limit'),
  chunkExtensions: size()
    .prefault('4k')
    .describe('Most bytes of chunk extensions in one request, which mean nothing to anyone; 0 is no limit'),
  trailers: size().prefault('8k').describe('Most bytes of trailers behind a chunked request; 0 is no limit'),
  requestsPerConnection: count()
    .default(0)
    .describe('Requests after which a client connection is closed; 0 is no limit'),
  minRate: size()
    .prefault(240)
    .describe('Bytes per second that a client must send or take while everybody waits for it; 0 is no limit'),
});
