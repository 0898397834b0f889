import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBackend, parseBackends } from './parse-backend.ts';

describe('an address', () => {
  const good: readonly [input: string, scheme: 'http' | 'tcp', address: object, url: string][] = [
    ['127.0.0.1:9001', 'http', { host: '127.0.0.1', port: 9001 }, 'http://127.0.0.1:9001'],
    ['127.0.0.1:9001', 'tcp', { host: '127.0.0.1', port: 9001 }, '127.0.0.1:9001'],
    ['http://127.0.0.1:9001', 'http', { host: '127.0.0.1', port: 9001 }, 'http://127.0.0.1:9001'],
    ['http://127.0.0.1:9001/', 'http', { host: '127.0.0.1', port: 9001 }, 'http://127.0.0.1:9001'],
    ['http://Example.COM', 'http', { host: 'example.com', port: 80 }, 'http://example.com:80'],
    ['HTTP://example.com.:080', 'tcp', { host: 'example.com.', port: 80 }, 'http://example.com.:80'],
    ['tcp://db_1.internal:5432', 'http', { host: 'db_1.internal', port: 5432 }, 'db_1.internal:5432'],
    ['localhost:65535', 'tcp', { host: 'localhost', port: 65535 }, 'localhost:65535'],
    ['[::1]:80', 'http', { host: '::1', port: 80 }, 'http://[::1]:80'],
    ['[0:0:0:0:0:0:0:1]:80', 'tcp', { host: '::1', port: 80 }, '[::1]:80'],
    ['[FE80::1%eth0]:80', 'tcp', { host: 'fe80::1%eth0', port: 80 }, '[fe80::1%eth0]:80'],
    ['bücher.example:80', 'tcp', { host: 'xn--bcher-kva.example', port: 80 }, 'xn--bcher-kva.example:80'],
    ['unix:/run/app.sock', 'http', { path: '/run/app.sock' }, 'unix:/run/app.sock'],
    ['unix:///run/app 1.sock', 'tcp', { path: '/run/app 1.sock' }, 'unix:/run/app 1.sock'],
  ];
  test.each(good)('%s is understood (%s)', (input, scheme, address, url) => {
    expect(parseBackend(input, scheme)).toEqual({ id: url, address, url, weight: 1, priority: 0 });
  });

  const encrypted: readonly [input: string, address: object, url: string][] = [
    ['https://example.com', { host: 'example.com', port: 443 }, 'https://example.com:443'],
    ['HTTPS://[::1]:8443/', { host: '::1', port: 8443 }, 'https://[::1]:8443'],
    ['tls://db.internal:5432', { host: 'db.internal', port: 5432 }, 'tls://db.internal:5432'],
  ];
  test.each(encrypted)('%s is spoken to over TLS', (input, address, url) => {
    expect(parseBackend(input, 'tcp')).toEqual({ id: url, address, url, weight: 1, priority: 0, tls: true });
  });

  const bad: readonly [input: string, problem: string][] = [
    ['', 'the host is missing'],
    [':80', 'the host is missing'],
    ['http://', 'the host is missing'],
    ['example.com', 'the port is missing'],
    ['example.com:', 'the port is missing'],
    ['http://example.com:', 'the port is missing'],
    ['tcp://example.com', 'the port is missing'],
    ['9001', 'is neither a host name nor an IPv4 address'],
    ['127.1:80', '"127.1" is neither a host name nor an IPv4 address'],
    ['1.2.3.999:80', '"1.2.3.999" is neither a host name nor an IPv4 address'],
    ['a b:80', '"a b" is neither a host name nor an IPv4 address'],
    ['*.example.com:80', '"*.example.com" is neither a host name nor an IPv4 address'],
    ['a..b:80', '"a..b" is neither a host name nor an IPv4 address'],
    ['example.com:0', 'the port 0 is not one from 1 to 65535'],
    ['example.com:65536', 'the port 65536 is not one from 1 to 65535'],
    ['example.com:http', 'nothing may follow the port, but "http" does'],
    ['example.com:80/', 'nothing may follow the port, but "/" does'],
    ['http://example.com/api', 'nothing may follow the port, but "/api" does'],
    ['http://example.com:80?x', 'nothing may follow the port, but "?x" does'],
    ['::1:80', 'the host is missing'],
    ['[::1]', 'the port is missing'],
    ['[::g]:80', '"::g" is not an IPv6 address'],
    ['[127.0.0.1]:80', '"127.0.0.1" is not an IPv6 address'],
    ['tls://example.com', 'the port is missing'],
    ['https://', 'the host is missing'],
    ['ftp://example.com:21', 'the scheme ftp is not known'],
    ['unix:run/app.sock', 'the path of a UNIX socket must start with /'],
    ['unix:', 'the path of a UNIX socket must start with /'],
    ['unix:/a\0b', 'the path of a UNIX socket cannot contain a NUL byte'],
  ];
  test.each(bad)('%j is refused: %s', (input, problem) => {
    expect(() => parseBackend(input, 'http')).toThrow(
      expect.objectContaining({
        code: 'ERR_DISCOVERY_INVALID_BACKEND',
        message: expect.stringContaining(`${problem}; expected host:port, http://host:port, `),
      }),
    );
  });

  test('with a password is refused without showing it', () => {
    expect(() => parseBackend('http://user:secret@example.com', 'http')).toThrow(
      /^"\*\*\*@example.com" is not a backend: a user name and a password cannot be given/,
    );
  });

  test('is never half understood: it is refused, or what comes out of it means the same when read again', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'http://',
        'tcp://',
        'unix:',
        'https://',
        'tls://',
        ':',
        '/',
        '[',
        ']',
        '80',
        '::1',
        '%',
        '@',
        '?',
        '#',
        '\\',
      ),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.nat({ max: 70_000 }).map(String),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const input = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(input, fc.constantFrom('http', 'tcp'), (written, scheme) => {
        const backend = attempt(() => parseBackend(written, scheme));
        if (backend === undefined) return;
        expect(parseBackend(backend.url, 'tcp')).toEqual(backend);
        if ('path' in backend.address) expect(backend.address.path).toMatch(/^\//);
        else expect(backend.address.host).toMatch(/^[\w.:%~-]+$/);
      }),
      { numRuns: 3000 },
    );
  });

  test('a host may be called unix', () => {
    const backend = parseBackend('tcp://unix:1', 'http');
    expect(backend).toMatchObject({ address: { host: 'unix', port: 1 }, url: 'tcp://unix:1' });
    expect(parseBackend(backend.url, 'tcp')).toEqual(backend);
  });

  test('any host and port that are written in order are understood', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        expect(parseBackend(`${name}:${port}`, 'http').address).toMatchObject({ port });
      }),
    );
  });
});

describe('a backend', () => {
  test('may have a weight, a priority and an id of its own', () => {
    expect(parseBackend({ url: 'http://10.0.0.2:9002', weight: 3, priority: 1, id: 'b2' }, 'http')).toEqual({
      id: 'b2',
      address: { host: '10.0.0.2', port: 9002 },
      url: 'http://10.0.0.2:9002',
      weight: 3,
      priority: 1,
    });
    expect(parseBackend({ url: '10.0.0.2:9002', weight: 0 }, 'tcp')).toMatchObject({ weight: 0, id: '10.0.0.2:9002' });
  });

  const bad: readonly [input: unknown, problem: string][] = [
    [5, '5 is not a backend: expected an address, or an object with url'],
    [null, 'null is not a backend: expected an address, or an object with url'],
    [undefined, 'undefined is not a backend: expected an address, or an object with url'],
    [['10.0.0.1:80'], '["10.0.0.1:80"] is not a backend: expected an address, or an object with url'],
    [{}, '{} is not a backend: url: Invalid input: expected string, received undefined.'],
    [{ url: 'a:1', weight: -1 }, 'weight: Too small: expected number to be >=0'],
    [{ url: 'a:1', weight: 1001 }, 'weight: Too big: expected number to be <=1000'],
    [{ url: 'a:1', weight: 1.5 }, 'weight: Invalid input: expected int, received number'],
    [{ url: 'a:1', priority: '1' }, 'priority: Invalid input: expected number, received string'],
    [{ url: 'a:1', wieght: 2 }, 'Unrecognized key: "wieght"'],
    [{ url: 'a:1', id: 'a b' }, 'id: expected 1 to 128 visible ASCII characters, without spaces'],
    [{ url: 'a' }, '"a" is not a backend: the port is missing; expected host:port'],
  ];
  test.each(bad)('%j is refused', (input, problem) => {
    expect(() => parseBackend(input, 'http')).toThrow(
      expect.objectContaining({ code: 'ERR_DISCOVERY_INVALID_BACKEND', message: expect.stringContaining(problem) }),
    );
  });
});

describe('a list', () => {
  test('keeps its order', () => {
    expect(parseBackends(['b:1', { url: 'a:1' }], 'tcp').map(({ id }) => id)).toEqual(['b:1', 'a:1']);
  });

  test('is refused if two backends are the same, however they are written', () => {
    expect(() => parseBackends(['http://LOCALHOST', 'localhost:80'], 'http')).toThrow(
      expect.objectContaining({
        code: 'ERR_DISCOVERY_DUPLICATE_BACKEND',
        message: expect.stringContaining('Two backends have the id http://localhost:80'),
      }),
    );
    expect(() => parseBackends(['localhost:80', { url: 'localhost:80', id: 'second' }], 'http')).not.toThrow();
    expect(() =>
      parseBackends(
        [
          { url: 'a:1', id: 'x' },
          { url: 'b:1', id: 'x' },
        ],
        'http',
      ),
    ).toThrow('id x;');
  });
});

/** Undefined if it was refused in the proper way. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_DISCOVERY_INVALID_BACKEND' });
    return undefined;
  }
}
