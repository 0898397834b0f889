import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ForwardedStyle } from '@millpond/contracts';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { proxied, type ProxiedOptions } from '../test/proxied.ts';
import { ok, scriptedBackend } from '../test/scripted-backend.ts';

/** Loopback is a trusted proxy in these tests, and so is 10.0.0.0/8. */
const TRUSTED = ['127.0.0.0/8', '10.0.0.0/8', '2001:db8::/32'];

interface Told {
  /** Fields about who asked, as they came to the backend. */
  readonly fields: readonly string[];
  readonly clientAddress: string | undefined;
}

/** Sends a request with these lines, and says what the backend was told of who asked. */
async function told(lines: readonly string[], options: ProxiedOptions = {}, host = 'a.example:81'): Promise<Told> {
  await using backend = await scriptedBackend((socket) => socket.write(ok()));
  await using proxy = await proxied(backend, options);
  const hostLine = host === '' ? [] : [`Host: ${host}`];
  await proxy.exchange(['GET / HTTP/1.0', ...hostLine, ...lines, '', ''].join('\r\n'));
  return { fields: aboutWhoAsked(backend.received), clientAddress: proxy.ends[0]?.clientAddress };
}

function aboutWhoAsked(received: string): string[] {
  return received.split('\r\n').filter((line) => /^x?[-_]?forwarded/i.test(line));
}

const FORGED = [
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-Host: evil',
  'X-Forwarded-Proto: https',
  'Forwarded: for=6.6.6.6;host=evil;proto=https',
  'X-Forwarded-Port: 666',
  'X-Forwarded-Prefix: /evil',
  `X-Forwarded-${'Anything'.repeat(8)}: evil`,
];
const ALIASES = [
  'X_Forwarded_For: 6.6.6.6',
  'x_forwarded-host: evil',
  'X-Forwarded_Proto: https',
  'X_Forwarded-Port: 666',
];

const PLAIN = ['X-Forwarded-Host: a.example:81', 'X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Proto: http'];
const ELEMENT = 'for=127.0.0.1;host="a.example:81";proto=http;by=_millpond';

describe('Who asked', () => {
  it.each<[ForwardedStyle, readonly string[]]>([
    ['x-forwarded', PLAIN],
    ['forwarded', [`Forwarded: ${ELEMENT}`]],
    ['both', [...PLAIN, `Forwarded: ${ELEMENT}`]],
    ['off', []],
  ])('is told by %s, whatever a client says that is not trusted', async (forwarded, fields) => {
    const honest = await told([], { forwarded });
    const forged = await told([...FORGED, ...ALIASES], { forwarded, trustedProxies: ['10.0.0.0/8'] });
    expect(honest).toEqual({ fields, clientAddress: '127.0.0.1' });
    expect(forged).toEqual(honest);
  });

  it('is told in other X-Forwarded- fields as well by a proxy that is trusted', async () => {
    const others = ['X-Forwarded-Port: 8443', 'x-forwarded-prefix: /shop'];
    const { fields } = await told(['X-Forwarded-Port:  8443', 'x-forwarded-prefix: /shop'], {
      trustedProxies: TRUSTED,
    });
    expect(fields).toEqual([...others, ...PLAIN]);
    const byForwarded = await told(others, { trustedProxies: TRUSTED, forwarded: 'forwarded' });
    expect(byForwarded.fields).toEqual([`Forwarded: ${ELEMENT}`]);
  });

  it('is told with the host that each request names, on one connection', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend);
    const hosts = ['a', 'a', 'b', 'a'];
    const requests = hosts.map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await proxy.exchange(`${requests.join('')}GET / HTTP/1.0\r\n\r\n`);
    const hostLines = aboutWhoAsked(backend.received).filter((line) => line.startsWith('X-Forwarded-Host'));
    expect(hostLines).toEqual(hosts.map((host) => `X-Forwarded-Host: ${host}`));
  });

  it('has no host where the client named none', async () => {
    expect((await told([], {}, '')).fields).toEqual(PLAIN.slice(1));
    const { fields } = await told([], { forwarded: 'forwarded' }, '');
    expect(fields).toEqual(['Forwarded: for=127.0.0.1;proto=http;by=_millpond']);
  });

  it('has a host without quotes where it needs none', async () => {
    const { fields } = await told([], { forwarded: 'forwarded' }, 'a.example');
    expect(fields).toEqual(['Forwarded: for=127.0.0.1;host=a.example;proto=http;by=_millpond']);
  });

  it('cannot be hidden by Connection, nor can who is logged in', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { trustedProxies: TRUSTED });
    await proxy.exchange(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Port: 1\r\nAuthorization: b\r\nCookie: c\r\n' +
        'Connection: close, x-forwarded-for, x-forwarded-proto, forwarded, x-forwarded-port, authorization, cookie, via\r\n\r\n',
    );
    for (const line of [
      'X-Forwarded-For: 1.2.3.4, 127.0.0.1',
      'X-Forwarded-Proto: http',
      'Authorization: b',
      'Cookie: c',
    ]) {
      expect(backend.received).toContain(`\r\n${line}\r\n`);
    }
    expect(backend.received).toContain('\r\nX-Forwarded-Port: 1\r\n');
  });

  it('is told of each request of a connection anew', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { trustedProxies: TRUSTED });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await proxy.ended(2);
    for (const address of ['5.6.7.8', '6.7.8.9']) {
      client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    }
    client.send('GET / HTTP/1.0\r\n\r\n');
    await client.waitForEnd();
    expect(proxy.ends.map(({ clientAddress }) => clientAddress)).toEqual([
      '1.2.3.4',
      '127.0.0.1',
      '5.6.7.8',
      '6.7.8.9',
      '127.0.0.1',
    ]);
  });

  it('is the peer where what it sends cannot be read', async () => {
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { trustedProxies: TRUSTED });
    const client = await proxy.connect();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\nGET / HTTP/1.1\r\n\r\n');
    await client.waitForEnd();
    expect(proxy.ends.map(({ clientAddress }) => clientAddress)).toEqual(['1.2.3.4', '127.0.0.1']);
  });
});

describe('A trusted proxy is believed', () => {
  const options = { trustedProxies: TRUSTED };

  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.0.0.7', '1.2.3.4'],
    ['10.0.0.8, 10.0.0.7', '10.0.0.8'],
    ['6.6.6.6, unknown, 10.0.0.7', '10.0.0.7'],
    ['6.6.6.6, _hidden', '127.0.0.1'],
    ['1.2.3.4:4711', '1.2.3.4'],
    ['2001:DB9::1', '2001:db9::1'],
    ['[2001:db9::1]:4711, 2001:db8::7', '2001:db9::1'],
    ['::ffff:1.2.3.4, ::ffff:10.0.0.7', '1.2.3.4'],
    [', 1.2.3.4 ,,', '1.2.3.4'],
  ])('in X-Forwarded-For: %s: the client is %s', async (list, clientAddress) => {
    const { fields, ...rest } = await told([`X-Forwarded-For: ${list}`], options);
    expect(rest).toEqual({ clientAddress });
    const kept = list.replaceAll(/^, | ,,$/g, '');
    expect(fields).toEqual([PLAIN[0], `X-Forwarded-For: ${kept}, 127.0.0.1`, PLAIN[2]]);
  });

  it('in several lines as in one', async () => {
    const { fields, clientAddress } = await told(['X-Forwarded-For: 6.6.6.6', 'x-forwarded-for: 1.2.3.4'], options);
    expect(fields[1]).toBe('X-Forwarded-For: 6.6.6.6, 1.2.3.4, 127.0.0.1');
    expect(clientAddress).toBe('1.2.3.4');
  });

  it('in host and scheme, if they are such', async () => {
    const { fields } = await told(['X-Forwarded-Host: b.example:1', 'X-Forwarded-Proto: HTTPS'], options);
    expect(fields).toEqual(['X-Forwarded-Host: b.example:1', PLAIN[1], 'X-Forwarded-Proto: https']);
    for (const host of ['b/c', 'b,c', 'u@b', '']) {
      const bad = await told([`X-Forwarded-Host: ${host}`, 'X-Forwarded-Proto: gopher'], options);
      expect(bad.fields).toEqual(PLAIN);
    }
    const twice = await told(['X-Forwarded-Host: b', 'X-Forwarded-Host: c', 'X-Forwarded-Proto: http,https'], options);
    expect(twice.fields).toEqual(PLAIN);
  });

  it('but not by Forwarded, unless that is what is spoken', async () => {
    expect(await told(['Forwarded: for=6.6.6.6'], options)).toEqual({ fields: PLAIN, clientAddress: '127.0.0.1' });
    const { fields, clientAddress } = await told(
      [
        'X-Forwarded-For: 6.6.6.6',
        'Forwarded: for=5.5.5.5, for="[2001:db9::1]:1";proto=https',
        'Forwarded: for=10.0.0.7',
      ],
      { ...options, forwarded: 'forwarded' },
    );
    expect(fields).toEqual([`Forwarded: for=5.5.5.5, for="[2001:db9::1]:1";proto=https, for=10.0.0.7, ${ELEMENT}`]);
    expect(clientAddress).toBe('2001:db9::1');
  });

  it('in what a trusted proxy appended to what a client had broken', async () => {
    const { fields, clientAddress } = await told(['Forwarded: for="6.6.6.6', 'Forwarded: for=1.2.3.4'], {
      ...options,
      forwarded: 'forwarded',
    });
    expect(fields).toEqual([`Forwarded: for=1.2.3.4, ${ELEMENT}`]);
    expect(clientAddress).toBe('1.2.3.4');
  });

  it('in X-Forwarded-For, which is told by Forwarded, too, where both are', async () => {
    const both = { ...options, forwarded: 'both' } as const;
    const lines = ['X-Forwarded-For: unknown, 2001:db9::1', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: b:1'];
    expect((await told([...lines, 'Forwarded: for=6.6.6.6'], both)).fields).toEqual([
      'X-Forwarded-Host: b:1',
      'X-Forwarded-For: unknown, 2001:db9::1, 127.0.0.1',
      'X-Forwarded-Proto: https',
      `Forwarded: for=unknown;host="b:1";proto=https, for="[2001:db9::1]", ${ELEMENT}`,
    ]);
    expect((await told(['X-Forwarded-Proto: https', 'X-Forwarded-Host: b'], both)).fields.at(-1)).toBe(
      'Forwarded: for=127.0.0.1;host=b;proto=https;by=_millpond',
    );
  });

  it('also where nothing is told', async () => {
    const { fields, clientAddress } = await told(['X-Forwarded-For: 1.2.3.4'], { ...options, forwarded: 'off' });
    expect(fields).toEqual([]);
    expect(clientAddress).toBe('1.2.3.4');
  });

  it('in its last hops only, of a list without end', async () => {
    const list = `${'6.6.6.6, '.repeat(10_000)}1.2.3.4`;
    const { fields, clientAddress } = await told([`X-Forwarded-For: ${list}`], {
      ...options,
      limits: { headBytes: 0 },
    });
    expect(fields[1]).toBe(`X-Forwarded-For: ${'6.6.6.6, '.repeat(63)}1.2.3.4, 127.0.0.1`);
    expect(clientAddress).toBe('1.2.3.4');
  });

  it('by routes, filters and strategies', async () => {
    const seen: unknown[] = [];
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    const filter = { onRequest: ({ clientAddress }: { clientAddress: string }) => void seen.push(clientAddress) };
    await using proxy = await proxied(backend, { ...options, filters: [filter] });
    proxy.source.onPick = ({ clientAddress }) => void seen.push(clientAddress);
    await proxy.exchange('GET / HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n');
    expect(seen).toEqual(['1.2.3.4', '1.2.3.4']);
  });
});

describe('By a UNIX socket', () => {
  async function toldByFile(lines: readonly string[], options: ProxiedOptions): Promise<Told> {
    const path = join(tmpdir(), `millpond-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
    await using backend = await scriptedBackend((socket) => socket.write(ok()));
    await using proxy = await proxied(backend, { ...options, path });
    const client = connect(path);
    client.write(['GET / HTTP/1.1', 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n'));
    await text(client);
    return { fields: aboutWhoAsked(backend.received), clientAddress: proxy.ends[0]?.clientAddress };
  }

  it('nobody is known, and nobody believed', async () => {
    for (const trustedProxies of [[], ['0.0.0.0/0', '::/0']]) {
      expect(await toldByFile(FORGED, { trustedProxies, forwarded: 'both' })).toEqual({
        fields: ['X-Forwarded-Host: a', 'X-Forwarded-Proto: http', 'Forwarded: host=a;proto=http;by=_millpond'],
        clientAddress: '',
      });
    }
  });

  it('who asked is believed where that is said', async () => {
    const trustedProxies = ['unix', '10.0.0.0/8'];
    expect(await toldByFile(['X-Forwarded-For: 1.2.3.4, 10.0.0.7'], { trustedProxies })).toEqual({
      fields: ['X-Forwarded-Host: a', 'X-Forwarded-For: 1.2.3.4, 10.0.0.7', 'X-Forwarded-Proto: http'],
      clientAddress: '1.2.3.4',
    });
    expect(await toldByFile(['Forwarded: for=1.2.3.4'], { trustedProxies, forwarded: 'forwarded' })).toEqual({
      fields: ['Forwarded: for=1.2.3.4'],
      clientAddress: '1.2.3.4',
    });
  });
});
