import { isAddressRange, isTrustedProxy } from '@millpond/transport-tcp';
import { z } from 'zod';
import { DURATION, formatDuration, MAX_DURATION_MS, parseDuration } from '../duration.ts';
import { ANY_HOST, MAX_PORTS, parseListenAddress, parseListenRange } from '../listen-address.ts';
import { parseSize, SIZE } from '../size.ts';

const DURATION_EXPECTED = 'expected a duration such as 250ms, 30s, 5m or 1h, or a number of milliseconds';
const LONGEST = `${Math.floor(MAX_DURATION_MS / 3_600_000)}h`;
const SIZE_EXPECTED = 'expected a size such as 512, 64k or 1m';
/** What is said of anything else than an address to listen on. */
export const LISTEN_EXPECTED =
  'expected an address such as "127.0.0.1:8080", "[::]:8080", ":8080" or "unix:/run/millpond.sock"';
const TRUSTED_EXPECTED = 'expected an IP address, a range such as "10.0.0.0/8", or "unix"';
const PORTS_EXPECTED = `expected a port from 0 to 65535, or up to ${MAX_PORTS} of them such as "5000-5010"`;
const RANGE_EXPECTED = 'expected an IP address, or a range such as "10.0.0.0/8"';
const NAME_EXPECTED = 'expected a name of letters, digits, ".", "_" and "-", beginning with a letter or a digit';

/** A duration; milliseconds once read. `minMs` is what it must be at least. */
export function duration(minMs = 0) {
  const written = z.union([z.number(), z.string().regex(DURATION, DURATION_EXPECTED)], { error: DURATION_EXPECTED });
  return written.transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined && ms >= minMs) return ms;
    const message =
      ms === undefined ? `expected a duration from 0 to ${LONGEST}` : `expected at least ${formatDuration(minMs)}`;
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** How soon the kernel looks after a silent connection. @param who - that is still there, with a verb */
export function keepAlive(who: string) {
  return duration()
    .prefault('60s')
    .describe(`Silence after which the kernel asks whether ${who} still there; 0 is never`);
}

/** A size; bytes once read. */
export function size() {
  const written = z.union([z.number(), z.string().regex(SIZE, SIZE_EXPECTED)], { error: SIZE_EXPECTED });
  return written.transform((value, context) => {
    const bytes = parseSize(value);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: SIZE_EXPECTED, input: value });
    return z.NEVER;
  });
}

/** An address to listen on. */
export function listenAddress() {
  return z.string({ error: LISTEN_EXPECTED }).transform((value, context) => {
    const address = parseListenAddress(value);
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: LISTEN_EXPECTED, input: value });
    return z.NEVER;
  });
}

/** An address to listen on, or a range of ports of one. */
export function listenAddresses() {
  return z.string({ error: LISTEN_EXPECTED }).transform((value, context) => {
    const addresses = parseListenRange(value);
    if (addresses !== undefined) return addresses;
    context.addIssue({ code: 'custom', message: LISTEN_EXPECTED, input: value });
    return z.NEVER;
  });
}

/** A port, or a range of them such as `5000-5010`. */
export function ports() {
  const port = z.int().min(0).max(65_535);
  const range = z.string({ error: PORTS_EXPECTED }).transform((value, context) => {
    const addresses = /^\d+-/.test(value) ? parseListenRange(`:${value}`) : undefined;
    if (addresses !== undefined) return addresses;
    context.addIssue({ code: 'custom', message: PORTS_EXPECTED, input: value });
    return z.NEVER;
  });
  return z.union([port.transform((value) => [{ host: ANY_HOST, port: value }]), range], { error: PORTS_EXPECTED });
}

/** A proxy that is trusted: its address, a range that it is in, or `unix`. */
export function trustedProxy() {
  return z.string({ error: TRUSTED_EXPECTED }).refine(isTrustedProxy, TRUSTED_EXPECTED);
}

/** An address, or a range of them. */
export function addressRange() {
  return z.string({ error: RANGE_EXPECTED }).refine(isAddressRange, RANGE_EXPECTED);
}

/** What an app or an upstream is called; it appears in URLs, logs and metrics. */
export function name() {
  return z.string().regex(/^[A-Za-z0-9][\w.-]{0,127}$/, NAME_EXPECTED);
}

/** A whole number from `min` on. */
export function count(min = 0) {
  return z.int().min(min);
}

/** Bytes: a text, in UTF-8, or hex digits; one per character once read. */
export function pingBytes() {
  const hex = z
    .string()
    .regex(/^(?:[\da-f]{2})+$/i, 'expected pairs of hex digits')
    .describe('The bytes, two digits each');
  return z
    .union([z.string().min(1), z.strictObject({ hex })], { error: 'expected a text, or { hex: "0a0d" }' })
    .transform((written) => {
      const buffer = typeof written === 'string' ? Buffer.from(written) : Buffer.from(written.hex, 'hex');
      return buffer.toString('latin1');
    });
}
