import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import type { ProxyHeader } from './header.ts';
import { ProxyHeaderParser, type ParsedProxyHeader } from './parser.ts';
import { encodeV1, parseV1 } from './v1.ts';
import { encodeV2, V2_START } from './v2.ts';

const NOBODY = { source: undefined, destination: undefined, tlvs: [] };

function parse(bytes: Buffer): ParsedProxyHeader | undefined {
  return new ProxyHeaderParser().push(bytes);
}

/** A v2 header made by hand. */
function v2(command: number, kind: number, rest: Buffer | string, length = rest.length): Buffer {
  const body = typeof rest === 'string' ? Buffer.from(rest, 'latin1') : rest;
  return Buffer.concat([V2_START, Buffer.from([command, kind, length >> 8, length & 0xff]), body]);
}

const INET = '\x01\x02\x03\x04\x05\x06\x07\x08\x30\x39\x01\xbb';

describe('A PROXY header of version 1', () => {
  it.each([
    ['TCP4 1.2.3.4 5.6.7.8 56324 443', { host: '1.2.3.4', port: 56_324 }, { host: '5.6.7.8', port: 443 }],
    ['TCP4 255.255.255.255 0.0.0.0 0 65535', { host: '255.255.255.255', port: 0 }, { host: '0.0.0.0', port: 65_535 }],
    ['TCP6 2001:db8::1 ::1 1 2', { host: '2001:db8::1', port: 1 }, { host: '::1', port: 2 }],
    ['TCP6 ::ffff:1.2.3.4 ::2 1 2', { host: '::ffff:1.2.3.4', port: 1 }, { host: '::2', port: 2 }],
  ])('%s is read', (text, source, destination) => {
    const parsed = parse(Buffer.from(`PROXY ${text}\r\nGET /`));
    expect(parsed).toEqual({ header: { source, destination, tlvs: [] }, rest: Buffer.from('GET /') });
  });

  it.each(['UNKNOWN', 'UNKNOWN ffff:f::1 ffff:f::2 65535 65535', 'UNKNOWN anything at all'])(
    '%s says nothing',
    (text) => {
      expect(parse(Buffer.from(`PROXY ${text}\r\n`))?.header).toEqual(NOBODY);
    },
  );

  it.each([
    'TCP4 1.2.3.4 5.6.7.8 56324',
    'TCP4 1.2.3.4 5.6.7.8 56324 443 1',
    'TCP4 1.2.3.4 5.6.7.8 56324 443 ',
    'TCP4  1.2.3.4 5.6.7.8 56324 443',
    'TCP4\t1.2.3.4 5.6.7.8 56324 443',
    'TCP4 1.2.3.4 5.6.7.8 056324 443',
    'TCP4 1.2.3.4 5.6.7.8 65536 443',
    'TCP4 1.2.3.4 5.6.7.8 -1 443',
    'TCP4 1.2.3.04 5.6.7.8 1 443',
    'TCP4 1.2.3 5.6.7.8 1 443',
    'TCP4 ::1 ::1 1 2',
    'TCP6 1.2.3.4 5.6.7.8 1 2',
    'TCP6 fe80::1%eth0 ::1 1 2',
    'TCP5 1.2.3.4 5.6.7.8 1 2',
    'tcp4 1.2.3.4 5.6.7.8 1 2',
    'UNKNOWNX',
    '',
  ])('"%s" is refused', (text) => {
    expect(() => parse(Buffer.from(`PROXY ${text}\r\n`))).toThrow();
  });

  it('that ends in a line feed alone, or never, is refused', () => {
    expect(() => parse(Buffer.from('PROXY UNKNOWN\n'))).toThrow('CR LF');
    expect(() => parse(Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`))).toThrow('longer than 107');
    expect(parse(Buffer.from(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`))?.header).toEqual(NOBODY);
  });

  it('has no words for datagrams, UNIX sockets and the proxy itself', () => {
    const source = { host: '1.2.3.4', port: 1 };
    for (const header of [
      { source, destination: source, datagram: true, tlvs: [] },
      { source, destination: source, local: true, tlvs: [] },
      { source: { path: '/a' }, destination: { path: '/b' }, tlvs: [] },
      NOBODY,
    ]) {
      expect(encodeV1(header)).toBe('PROXY UNKNOWN\r\n');
    }
  });

  it('maps an IPv4 address where the other one is IPv6', () => {
    const header = { source: { host: '1.2.3.4', port: 1 }, destination: { host: '::1', port: 2 }, tlvs: [] };
    expect(encodeV1(header)).toBe('PROXY TCP6 ::ffff:1.2.3.4 ::1 1 2\r\n');
    expect(parse(encodeV2(header))?.header.source).toEqual({ host: '::ffff:1.2.3.4', port: 1 });
  });
});

describe('A PROXY header of version 2', () => {
  it('of TCP over IPv4 is read', () => {
    expect(parse(v2(0x21, 0x11, INET))?.header).toEqual({
      source: { host: '1.2.3.4', port: 12_345 },
      destination: { host: '5.6.7.8', port: 443 },
      tlvs: [],
    });
  });

  it('of UNIX sockets has their paths', () => {
    const rest = Buffer.alloc(216);
    rest.write('/run/a.sock', 0);
    rest.write('/run/b.sock', 108);
    const { source, destination } = parse(v2(0x21, 0x31, rest))?.header ?? NOBODY;
    expect([source, destination]).toEqual([{ path: '/run/a.sock' }, { path: '/run/b.sock' }]);
  });

  it.each([
    ['LOCAL without a family', v2(0x20, 0x00, '')],
    ['LOCAL with one that is unknown', v2(0x20, 0xff, 'what ever')],
    ['LOCAL with addresses', v2(0x20, 0x11, INET)],
    ['UNSPEC', v2(0x21, 0x00, '')],
    ['UNSPEC with more', v2(0x21, 0x00, 'what ever')],
  ])('that is %s says nothing of a client', (_name, bytes) => {
    expect(parse(Buffer.concat([bytes, Buffer.from('rest')]))).toMatchObject({
      header: NOBODY,
      rest: Buffer.from('rest'),
    });
  });

  it('has its facts, but for padding', () => {
    const tlvs = '\x02\x00\x07a.b.com\x04\x00\x02\0\0\xea\x00\x00';
    expect(parse(v2(0x21, 0x11, INET + tlvs))?.header.tlvs).toEqual([
      { type: 2, value: Buffer.from('a.b.com') },
      { type: 0xea, value: Buffer.alloc(0) },
    ]);
  });

  it('is held to its checksum', () => {
    const header = v2(0x21, 0x11, `${INET}\x03\x00\x04\0\0\0\0`);
    header.writeUInt32BE(crc32c(header, header.length - 4), header.length - 4);
    expect(parse(header)?.header.tlvs).toEqual([]);
    header.writeUInt8(9, 20);
    expect(() => parse(header)).toThrow('checksum is wrong');
  });

  it.each([
    ['another version', v2(0x11, 0x11, INET)],
    ['another command', v2(0x22, 0x11, INET)],
    ['a family without a transport', v2(0x21, 0x10, INET)],
    ['a transport without a family', v2(0x21, 0x01, INET)],
    ['an unknown family', v2(0x21, 0x41, INET)],
    ['an unknown transport', v2(0x21, 0x13, INET)],
    ['too little for its addresses', v2(0x21, 0x21, INET)],
    ['half a TLV', v2(0x21, 0x11, `${INET}\x01\x00`)],
    ['a TLV that is longer than the rest', v2(0x21, 0x11, `${INET}\x01\x00\x05abc`)],
    ['two checksums', v2(0x21, 0x11, `${INET}\x03\x00\x01\0`)],
    ['more than is ever taken', v2(0x21, 0x00, '', 16_385)],
  ])('with %s is refused', (_name, bytes) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ name: 'ProxyHeaderFault' }));
  });
});

it('CRC-32C is that of RFC 3720, appendix B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8_ab43);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283);
});

const port = fc.integer({ min: 0, max: 65_535 });
const ipv4 = fc.record({ host: fc.ipV4(), port });
const ipv6 = fc.record({ host: fc.ipV6(), port });
const path = fc.record({ path: fc.string({ unit: fc.constantFrom('a', '/', '\xff'), maxLength: 108 }) });
const tlv = fc.record({
  type: fc.integer({ min: 0, max: 255 }).filter((type) => type !== 3 && type !== 4),
  value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});
const ends = fc.oneof(...[ipv4, ipv6, path].map((end) => fc.tuple(end, end)));
const headers: fc.Arbitrary<ProxyHeader> = fc
  .tuple(ends, fc.boolean(), fc.array(tlv, { maxLength: 5 }))
  .map(([[source, destination], datagram, tlvs]) => ({ source, destination, ...(datagram && { datagram }), tlvs }));
const anyHeader = fc.oneof(
  { arbitrary: headers, weight: 5 },
  fc.constant<ProxyHeader>(NOBODY),
  fc.constant({ ...NOBODY, local: true }),
);
const encoded = fc
  .tuple(anyHeader, fc.boolean())
  .map(([header, binary]) => (binary ? encodeV2(header) : Buffer.from(encodeV1(header))));

describe('PROXY headers', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const again = parse(encodeV2(header));
        expect(again?.rest).toHaveLength(0);
        expect(encodeV2(again?.header ?? NOBODY)).toEqual(encodeV2(header));
        expect(again?.header.tlvs).toEqual(header.tlvs);
        expect(again?.header.datagram).toBe(header.datagram);
        expect(encodeV1(parse(Buffer.from(encodeV1(header)))?.header ?? NOBODY)).toBe(encodeV1(header));
      }),
    );
  });

  it('are read the same wherever they are cut, and one byte at a time', () => {
    fc.assert(
      fc.property(encoded, fc.uint8Array({ maxLength: 20 }), (bytes, behind) => {
        const message = Buffer.concat([bytes, behind]);
        const whole = parse(message);
        expect(whole?.rest).toEqual(Buffer.from(behind));
        for (let cut = 0; cut < bytes.length; cut++) {
          const parser = new ProxyHeaderParser();
          expect(parser.push(message.subarray(0, cut))).toBeUndefined();
          expect(parser.push(message.subarray(cut))).toEqual(whole);
        }
        const parser = new ProxyHeaderParser();
        for (const [at] of bytes.entries()) {
          const parsed = parser.push(bytes.subarray(at, at + 1));
          expect(parsed === undefined).toBe(at < bytes.length - 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('that were altered or made up are refused, or say what an encoder can say in as many bytes', () => {
    const alterations = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
    const altered = fc.tuple(encoded, alterations).map(([bytes, changes]) => {
      const copy = Buffer.from(bytes);
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    });
    const madeUp = fc
      .tuple(
        fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', 'PROXY TCP6 ', V2_START.toString('latin1')),
        fc.uint8Array({ maxLength: 300 }),
      )
      .map(([start, bytes]) => Buffer.concat([Buffer.from(start, 'latin1'), bytes]));
    fc.assert(
      fc.property(fc.oneof(altered, madeUp), fc.integer({ min: 1, max: 60 }), (bytes, size) => {
        expectSound(bytes);
        const whole = outcome(bytes, bytes.length);
        expect(outcome(bytes, size)).toEqual(whole);
        expect(outcome(bytes, 1)).toEqual(whole);
      }),
      { numRuns: 3000 },
    );
  });
});

/** What becomes of bytes that come in pieces of that size, and how many of them belong to the header. */
function outcome(bytes: Buffer, size: number): unknown {
  const parser = new ProxyHeaderParser();
  try {
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      const parsed = parser.push(piece);
      if (parsed !== undefined) return { header: parsed.header, length: at + piece.length - parsed.rest.length };
    }
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProxyHeaderFault' });
    return 'refused';
  }
  return 'unfinished';
}

/** What is taken must be what the encoder makes of it again, but for what is to be ignored. */
function expectSound(bytes: Buffer): void {
  let parsed: ParsedProxyHeader | undefined;
  try {
    parsed = parse(bytes);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProxyHeaderFault' });
    return;
  }
  if (parsed?.header.source === undefined) return;
  const taken = bytes.subarray(0, bytes.length - parsed.rest.length);
  if (taken[0] === V2_START[0]) {
    // Padding and checksums are not written again; they alone may be missing.
    const again = encodeV2(parsed.header);
    expect(again.length).toBeLessThanOrEqual(taken.length);
    expect(again.subarray(16, 28)).toEqual(taken.subarray(16, 28));
  } else {
    expect(parseV1(encodeV1(parsed.header).trimEnd())).toEqual(parsed.header);
  }
}
