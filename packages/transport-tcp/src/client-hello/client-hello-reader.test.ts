import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CLIENT_HELLO, type ClientHello } from './client-hello.ts';
import { ClientHelloReader } from './client-hello-reader.ts';

function read(bytes: Buffer): ClientHello | undefined {
  return new ClientHelloReader().push(bytes);
}

/** What becomes of bytes that come in pieces of those sizes, again and again. */
function outcome(bytes: Buffer, sizes: readonly number[]): ClientHello | 'refused' | 'unfinished' {
  const reader = new ClientHelloReader();
  try {
    for (let at = 0, piece = 0; at < bytes.length; piece++) {
      const end = at + (sizes[piece % sizes.length] ?? 1);
      const found = reader.push(bytes.subarray(at, end));
      if (found !== undefined) return found;
      at = end;
    }
  } catch (error) {
    expect(error).toMatchObject({ name: 'ClientHelloFault' });
    return 'refused';
  }
  return 'unfinished';
}

function vector(lengthBytes: number, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), vector(2, content)]);
}

function serverName(name: string, type = 0): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(2, Buffer.from(name, 'latin1'))]);
}

function alpn(protocols: readonly string[]): Buffer {
  return extension(16, vector(2, Buffer.concat(protocols.map((name) => vector(1, Buffer.from(name, 'latin1'))))));
}

/** A handshake message. */
function hello(extensions: Buffer | undefined, type = 1): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 8)),
    vector(2, Buffer.from([0x13, 1, 0x13, 2])),
    vector(1, Buffer.from([0])),
    extensions === undefined ? Buffer.alloc(0) : vector(2, extensions),
  ]);
  return Buffer.concat([Buffer.from([type]), vector(3, body)]);
}

/** In records of `size` bytes. */
function records(message: Buffer, size = message.length): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    parts.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + size)));
  }
  return Buffer.concat(parts);
}

function sni(names: Buffer): Buffer {
  return extension(0, vector(2, names));
}

const host = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '_'), minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((labels) => labels.join('.'));
const said = fc.record({
  name: fc.option(host, { nil: undefined }),
  protocols: fc.array(fc.string({ unit: fc.constantFrom('h', '2', '/', '\xff'), minLength: 1, maxLength: 9 }), {
    maxLength: 4,
  }),
  others: fc.uint8Array({ maxLength: 300 }),
});

function helloOf({
  name,
  protocols,
  others,
}: {
  name?: string | undefined;
  protocols: string[];
  others: Uint8Array;
}): Buffer {
  return hello(
    Buffer.concat([
      extension(0x2a2a, Buffer.from(others)),
      ...(name === undefined ? [] : [sni(serverName(name))]),
      ...(protocols.length === 0 ? [] : [alpn(protocols)]),
    ]),
  );
}

describe('A ClientHello', () => {
  it.each([
    ['example.com', ['h2', 'http/1.1']],
    ['a.very.deep.name.example.com', []],
    [undefined, ['postgresql']],
  ])('of Node that asks for %s and offers %j is read', async (name, protocols) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = once(server, 'connection');
    const client = connect({ ...address, host: '127.0.0.1', servername: name ?? '', ALPNProtocols: protocols });
    client.on('error', () => undefined);
    const [socket] = await accepted;
    const [bytes] = await once(socket, 'data');
    expect(read(bytes)).toEqual({ serverName: name, protocols });
    client.destroy();
    socket.destroy();
    server.close();
  });

  it('is read the same however it is cut, into records and reads, and nothing of it is lost', () => {
    fc.assert(
      fc.property(
        said,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (what, recordSize, readSize) => {
          const bytes = Buffer.concat([records(helloOf(what), recordSize), Buffer.from('more')]);
          const reader = new ClientHelloReader();
          const found: ClientHello[] = [];
          let at = 0;
          for (; found.length === 0; at += readSize) {
            const result = reader.push(bytes.subarray(at, at + readSize));
            if (result !== undefined) found.push(result);
          }
          expect(found).toEqual([{ serverName: what.name?.toLowerCase(), protocols: what.protocols }]);
          expect(reader.read).toEqual(bytes.subarray(0, at));
          for (let cut = 0; cut < 60; cut++) {
            const again = new ClientHelloReader();
            expect(again.push(bytes.subarray(0, cut)) ?? again.push(bytes.subarray(cut))).toEqual(found[0]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['without extensions', hello(undefined)],
    ['without a name', hello(alpn([]))],
    ['with a name of another kind', hello(sni(serverName('x', 1)))],
  ])('%s asks for none', (_name, message) => {
    expect(read(records(message))).toEqual({ serverName: undefined, protocols: [] });
  });

  it('asks for the same host in capitals, and with its final dot', () => {
    expect(read(records(hello(sni(serverName('Db.Example.COM.')))))?.serverName).toBe('db.example.com');
  });

  it('is not looked for in what is no TLS', () => {
    expect(read(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe(NO_CLIENT_HELLO);
    expect(read(Buffer.alloc(0))).toBeUndefined();
  });

  it.each([
    ['two names', records(hello(sni(Buffer.concat([serverName('a.b'), serverName('c.d')])))), 'two names'],
    ['a name with a zero in it', records(hello(sni(serverName('a\0b')))), 'none'],
    ['an empty name', records(hello(sni(serverName('')))), 'none'],
    ['an extension twice', records(hello(Buffer.concat([alpn(['a']), alpn(['a'])]))), 'twice'],
    ['a name that is longer than its list', records(hello(sni(Buffer.from([0, 0, 9, 65])))), 'within a field'],
    [
      'something behind its extensions',
      records(
        Buffer.from([...hello(undefined).subarray(0, 3), 80, ...hello(undefined).subarray(4), ...Buffer.alloc(6)]),
      ),
      'goes on',
    ],
    ['another message first', records(hello(undefined, 2)), 'another message'],
    [
      'an alert in between',
      Buffer.concat([records(hello(undefined).subarray(0, 9)), Buffer.from([21, 3, 1, 0, 2, 1, 0])]),
      'interrupted',
    ],
    [
      'an empty record',
      Buffer.concat([records(hello(undefined).subarray(0, 9)), Buffer.from([22, 3, 1, 0, 0])]),
      'interrupted',
    ],
    ['SSL 2', Buffer.from([22, 2, 0, 0, 9]), 'interrupted'],
    ['a length beyond all measure', records(Buffer.from([1, 0x10, 0, 0])), 'longer'],
    ['too many bytes', records(hello(extension(9, Buffer.alloc(16_300)))), 'longer'],
  ])('with %s is refused', (_name, bytes, message) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ name: 'ClientHelloFault', message: expect.stringContaining(message) }),
    );
  });

  it('is read whatever comes behind it, as the early data of TLS 1.3 does', () => {
    const bytes = records(hello(sni(serverName('a.b'))));
    const changeCipherSpec = Buffer.from([20, 3, 3, 0, 1, 1]);
    const earlyData = Buffer.from([23, 3, 3, 0, 3, 1, 2, 3]);
    expect(read(Buffer.concat([bytes, changeCipherSpec, earlyData]))).toEqual({ serverName: 'a.b', protocols: [] });
    expect(read(Buffer.concat([bytes, earlyData]))).toEqual({ serverName: 'a.b', protocols: [] });
  });

  it('is too long by the bytes that it takes, however many come at once', () => {
    const long = records(hello(extension(9, Buffer.alloc(16_200))), 500);
    expect(long.length).toBeGreaterThan(16_384);
    expect(outcome(long, [long.length])).toBe('refused');
    expect(outcome(long, [1000])).toBe('refused');
  });

  it('that was altered is refused, or read, the same at every cut, and never more than that', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 });
    const behind = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(
        said,
        changes,
        fc.integer({ min: 20, max: 400 }),
        behind,
        sizes,
        (what, alterations, size, more, cuts) => {
          const bytes = Buffer.concat([records(helloOf(what), size), more]);
          for (const [at, value] of alterations) bytes[at % bytes.length] = value;
          const whole = outcome(bytes, [bytes.length]);
          expect(outcome(bytes, cuts)).toEqual(whole);
          expect(outcome(bytes, [1])).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that was made up is refused, or read, the same at every cut', () => {
    const start = fc.constantFrom(
      '',
      '\x16',
      '\x16\x03\x01',
      '\x16\x03\x01\0\x20\x01\0\0',
      '\x16\x03\x01\0\x05\x01\0\0\x01',
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 9 }), (begin, bytes, size) => {
        const message = Buffer.concat([Buffer.from(begin, 'latin1'), bytes]);
        expect(outcome(message, [size])).toEqual(outcome(message, [message.length + 1]));
      }),
      { numRuns: 2000 },
    );
  });

  it('that was altered says nothing but a name', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(said, changes, (what, alterations) => {
        const bytes = records(helloOf(what), 100);
        for (const [at, value] of alterations) bytes[at % bytes.length] = value;
        try {
          const found = read(bytes);
          expect(found?.serverName ?? 'none').toMatch(/^[a-z0-9_.-]+$/);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ClientHelloFault' });
        }
      }),
      { numRuns: 3000 },
    );
  });
});
