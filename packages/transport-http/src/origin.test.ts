import { TrustedProxies } from '@millpond/transport-tcp';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './http-transport.ts';
import { Origin } from './origin.ts';
import { parseRequestHead } from './request-head.ts';

const TEXT = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['', undefined],
])('tells a backend of the peer %s as %s', (peer, told) => {
  const origin = new Origin({ scheme: 'http', forwarded: 'x-forwarded', trusted: new TrustedProxies([]) }, peer);
  const fields = origin.fields(parseRequestHead(TEXT, 0, TEXT.length, DEFAULT_LIMITS));
  expect(/X-Forwarded-For: (.*)\r\n/.exec(fields)?.[1]).toBe(told);
});
