import { z } from 'zod';

/** What {@link tcpProbe} says to a backend, and what it must hear. Text is UTF-8; `{ hex }` is bytes, two digits each. */
export interface TcpProbeOptions {
  /** Sent as soon as the connection is there. @defaultValue nothing */
  readonly send?: ProbeBytes | undefined;
  /** Must stand within the first 16 KiB that come. @defaultValue the connection alone will do */
  readonly expect?: ProbeBytes | undefined;
}

/** Bytes as people write them. */
export type ProbeBytes = string | { readonly hex: string };

const bytes = z.union(
  [z.string().min(1), z.strictObject({ hex: z.string().regex(/^(?:[\da-f]{2})+$/i, 'expected pairs of hex digits') })],
  { error: 'expected a text, or { hex: "0a0d" }' },
);

/** {@link TcpProbeOptions} as a schema. */
export const tcpProbeOptions = z.strictObject({ send: bytes.optional(), expect: bytes.optional() });

/** The bytes, one per character. */
export function probeBytes(written: ProbeBytes): string {
  const buffer = typeof written === 'string' ? Buffer.from(written) : Buffer.from(written.hex, 'hex');
  return buffer.toString('latin1');
}
