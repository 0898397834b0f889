import type { CheckOptions } from '@millpond/contracts';

/**
 * Headers of the PROXY protocol that speak of nobody (LOCAL, UNKNOWN), one byte per character: a backend that wants one
 * from everybody takes a connection without it for a broken one, and one with it for a check.
 */
const PREAMBLES = {
  v1: 'PROXY UNKNOWN\r\n',
  v2: '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0',
} as const;

/** What goes first on the connection of a check; mostly nothing. */
export function proxyPreamble({ proxyProtocol }: Pick<CheckOptions, 'proxyProtocol'>): string {
  return proxyProtocol === undefined ? '' : PREAMBLES[proxyProtocol];
}
