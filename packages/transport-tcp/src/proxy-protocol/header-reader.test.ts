import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionRefusal } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { connectPlain, listenForTest, READ_PATHS } from '../../test/loopback.ts';
import { Recorder } from '../../test/recorder.ts';
import { authority, listenTls } from '../../test/secure.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import type { ListenOptions, OpenPort } from '../accept/listen.ts';
import { TrustedProxies } from '../trusted-proxies.ts';
import type { ProxyHeader } from './header.ts';
import { outgoingHeader } from './outgoing.ts';
import { encodeV1 } from './v1.ts';
import { encodeV2 } from './v2.ts';

const HEADER: ProxyHeader = {
  source: { host: '203.0.113.9', port: 4711 },
  destination: { host: '192.0.2.1', port: 443 },
  tlvs: [],
};

/** Resolves when the other side has closed, in whatever way. */
async function gone(peer: Socket): Promise<void> {
  peer.resume();
  if (!peer.closed && !peer.readableEnded)
    await new Promise<void>((resolve) => peer.once('end', resolve).once('close', resolve));
  peer.destroy();
}

interface Port extends AsyncDisposable {
  readonly port: OpenPort;
  readonly accepted: Promise<FastSocket>;
  readonly refused: Promise<ConnectionRefusal>;
  readonly clock: ManualClock;
}

async function open({
  trusted = ['127.0.0.0/8'],
  listenOn = listenForTest,
  bareHandles = true,
}: {
  trusted?: string[];
  listenOn?: (options: Partial<ListenOptions>) => Promise<OpenPort>;
  bareHandles?: boolean;
} = {}): Promise<Port> {
  const { promise: accepted, resolve: onConnection } = deferred<FastSocket>();
  const { promise: refused, resolve: onRefused } = deferred<ConnectionRefusal>();
  const clock = new ManualClock();
  const port = await listenOn({
    clock,
    bareHandles,
    onConnection,
    observer: { connectionRefused: (_address, refusal) => onRefused({ ...refusal }) },
    proxyProtocol: { trusted: new TrustedProxies(trusted), timeoutMs: 1000 },
  });
  return { port, accepted, refused, clock, [Symbol.asyncDispose]: () => port.close() };
}

describe.each(READ_PATHS)('A port that wants the PROXY protocol and reads by $path', ({ bareHandles }) => {
  it.each([
    ['v1', Buffer.from(encodeV1(HEADER))],
    ['v2', encodeV2(HEADER)],
  ])(
    'takes the address from a header of %s, and what comes behind it, also in the same packet',
    async (_name, header) => {
      await using opened = await open({ bareHandles });
      const peer = await connectPlain(opened.port.address);
      peer.write(Buffer.concat([header, Buffer.from('hello')]));
      const socket = await opened.accepted;
      expect([socket.remoteAddress, socket.remotePort, socket.announced]).toEqual(['203.0.113.9', 4711, HEADER]);
      const recorder = new Recorder();
      socket.handler = recorder;
      socket.resume();
      expect(recorder.received).toBe('');
      await recorder.until(({ received }) => received === 'hello');
      peer.end(' world');
      await recorder.until(({ ended }) => ended);
      expect(recorder.received).toBe('hello world');
      socket.destroy();
      peer.destroy();
    },
  );

  it('takes a header that comes byte by byte', async () => {
    await using opened = await open({ bareHandles });
    const peer = await connectPlain(opened.port.address);
    for (const byte of encodeV1(HEADER)) {
      peer.write(byte);
      await new Promise(setImmediate);
    }
    expect((await opened.accepted).remoteAddress).toBe('203.0.113.9');
    peer.destroy();
    (await opened.accepted).destroy();
  });

  it('keeps what came with the header while nobody reads, and loses nothing', async () => {
    await using opened = await open({ bareHandles });
    const peer = await connectPlain(opened.port.address);
    peer.write(`${encodeV1(HEADER)}one`);
    const socket = await opened.accepted;
    const recorder = new Recorder();
    socket.handler = recorder;
    socket.resume();
    socket.pause();
    peer.end('two');
    await new Promise(setImmediate);
    expect(recorder.received).toBe('');
    socket.resume();
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('onetwo');
    socket.destroy();
    peer.destroy();
  });

  it('knows the connection by its own ends where the header says nothing of a client', async () => {
    await using opened = await open({ bareHandles });
    const peer = await connectPlain(opened.port.address);
    peer.write(encodeV2({ source: undefined, destination: undefined, local: true, tlvs: [] }));
    const socket = await opened.accepted;
    expect([socket.remoteAddress, socket.remotePort]).toEqual(['127.0.0.1', peer.localPort]);
    expect(outgoingHeader(socket, 'v1')).toBe(
      encodeV1({
        source: { host: '127.0.0.1', port: peer.localPort ?? 0 },
        destination: { host: '127.0.0.1', port: peer.remotePort ?? 0 },
        tlvs: [],
      }),
    );
    socket.destroy();
    peer.destroy();
  });
});

describe('A port that wants the PROXY protocol', () => {
  it('resets who may not speak for others, whatever they say', async () => {
    await using opened = await open({ trusted: ['10.0.0.0/8'] });
    const peer = await connectPlain(opened.port.address);
    peer.write(encodeV1(HEADER));
    const { code, clientAddress, reason } = await opened.refused;
    expect([code, clientAddress]).toEqual(['ERR_TCP_PROXY_HEADER', '127.0.0.1']);
    expect(reason).toContain('trustedProxies');
    await gone(peer);
  });

  it('closes the connection of who says something else', async () => {
    await using opened = await open();
    const peer = await connectPlain(opened.port.address);
    peer.write('GET / HTTP/1.1\r\n\r\n');
    expect((await opened.refused).reason).toContain('malformed: it does not begin like one');
    await gone(peer);
  });

  it('closes the connection of who takes too long', async () => {
    await using opened = await open();
    const peer = await connectPlain(opened.port.address);
    peer.write('PROXY TCP4 ');
    const closed = once(peer.resume(), 'end');
    await new Promise(setImmediate);
    while (opened.clock.pending === 0) await new Promise(setImmediate);
    await opened.clock.advance(1001);
    expect((await opened.refused).reason).toContain('longer than 1000 ms');
    await closed;
    peer.destroy();
  });

  it('says that a client has gone before its header was whole', async () => {
    await using opened = await open();
    const peer = await connectPlain(opened.port.address);
    peer.end('PROXY ');
    expect((await opened.refused).reason).toContain('went away');
    peer.destroy();
  });

  it('cuts off who has not said its header yet, when it is closed', async () => {
    await using opened = await open();
    const peer = await connectPlain(opened.port.address);
    const closed = once(peer.resume(), 'end');
    while (opened.clock.pending === 0) await new Promise(setImmediate);
    await opened.port.close();
    await closed;
    peer.destroy();
    expect(opened.clock.pending).toBe(0);
  });

  it('reads the header before TLS, also in one packet with the beginning of the handshake', async () => {
    await using opened = await open({ listenOn: (options) => listenTls({}, options) });
    const tcp = await connectPlain(opened.port.address);
    tcp.cork();
    tcp.write(encodeV2(HEADER));
    const peer = connectTls({ socket: tcp, ca: authority.ca, servername: 'localhost' });
    peer.on('error', () => undefined);
    process.nextTick(() => process.nextTick(() => tcp.uncork()));
    await once(peer, 'secureConnect');
    const socket = await opened.accepted;
    expect([socket.encrypted, socket.remoteAddress]).toEqual([true, '203.0.113.9']);
    socket.write('hi');
    expect(String((await once(peer, 'data'))[0])).toBe('hi');
    socket.destroy();
    peer.destroy();
  });
});

describe('What a backend is told of a client', () => {
  it('is what the proxy in front has said, its facts too', async () => {
    await using opened = await open();
    const peer = await connectPlain(opened.port.address);
    const header = { ...HEADER, tlvs: [{ type: 0xea, value: Buffer.from('vpce-1') }] };
    peer.write(encodeV2(header));
    const socket = await opened.accepted;
    expect(outgoingHeader(socket, 'v2')).toBe(encodeV2(header).toString('latin1'));
    expect(outgoingHeader(socket, 'v1')).toBe('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n');
    socket.destroy();
    peer.destroy();
  });
});
