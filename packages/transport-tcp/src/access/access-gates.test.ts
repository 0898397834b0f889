import type { AccessRules, ConnectionRefusal } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { connectPlain, listenForTest, READ_PATHS } from '../../test/loopback.ts';
import { connectSecurely, listenTls } from '../../test/secure.ts';
import { IGNORE } from '../socket/socket-handler.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import type { ListenOptions, OpenPort } from '../accept/listen.ts';
import { encodeV1 } from '../proxy-protocol/v1.ts';
import { TrustedProxies } from '../trusted-proxies.ts';
import { AccessGate } from './access-gate.ts';
import { AccessGates } from './access-gates.ts';

const clock = new ManualClock();

describe('A gate', () => {
  it.each<[AccessRules, string | undefined, string | undefined]>([
    [{}, '1.2.3.4', undefined],
    [{ allow: ['10.0.0.0/8'] }, '10.1.2.3', undefined],
    [{ allow: ['10.0.0.0/8'] }, '11.1.2.3', 'ERR_TCP_CLIENT_DENIED'],
    [{ allow: [] }, '11.1.2.3', 'ERR_TCP_CLIENT_DENIED'],
    [{ allow: ['10.0.0.0/8'] }, '', 'ERR_TCP_CLIENT_DENIED'],
    [{ allow: ['10.0.0.0/8'] }, undefined, undefined],
    [{ allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] }, '10.1.2.3', 'ERR_TCP_CLIENT_DENIED'],
    [{ deny: ['2001:db8::/32'] }, '2001:DB8::7', 'ERR_TCP_CLIENT_DENIED'],
    [{ deny: ['2001:db8::/32'] }, '2001:db9::7', undefined],
    [{ deny: ['10.0.0.0/8'] }, '::ffff:10.0.0.1', 'ERR_TCP_CLIENT_DENIED'],
  ])('with %j has for %s: %s', (rules, address, code) => {
    expect(new AccessGate(rules, clock).refusal(address)?.code).toBe(code);
  });

  it('wants ranges that are some', () => {
    expect(() => new AccessGate({ deny: ['unix'] }, clock)).toThrow(
      expect.objectContaining({ code: 'ERR_TCP_INVALID_RANGE' }),
    );
  });

  it('does not let a refusal count against the rate of its client', () => {
    const gate = new AccessGate({ rate: { connections: 1, perMs: 1000, burst: 1 }, maxConnections: 1 }, clock);
    gate.enter();
    expect(gate.refusal('1.2.3.4')?.code).toBe('ERR_TCP_TOO_MANY_CLIENTS');
    gate.leave();
    expect(gate.refusal('1.2.3.4')).toBeUndefined();
    expect(gate.refusal('1.2.3.4')?.code).toBe('ERR_TCP_RATE_LIMITED');
  });

  it('is one for frontends that have the same rules', () => {
    const gates = new AccessGates(clock);
    const rules: AccessRules = { maxConnections: 1 };
    expect(gates.for([rules])).toEqual(gates.for([rules]));
    expect(gates.for([rules])[0]).toBe(gates.for([rules, {}])[0]);
    expect(gates.for([{ ...rules }])[0]).not.toBe(gates.for([rules])[0]);
  });
});

/** A port with such a gate. */
async function gated(
  rules: AccessRules,
  options: Partial<ListenOptions> = {},
  listenOn: (options: Partial<ListenOptions>) => Promise<OpenPort> = listenForTest,
) {
  const gate = new AccessGate(rules, clock);
  const sockets: FastSocket[] = [];
  const refusal = deferred<ConnectionRefusal>();
  const port = await listenOn({
    ...options,
    gates: [gate],
    observer: { connectionRefused: (_port, refused) => refusal.resolve(refused) },
    onConnection: (socket) => {
      sockets.push(socket);
      socket.handler = { ...IGNORE, onEnd: () => socket.destroy() };
      socket.resume();
    },
  });
  return { gate, port, sockets, refused: refusal.promise, [Symbol.asyncDispose]: () => port.close() };
}

describe('A port with a gate', () => {
  const ways = [
    ...READ_PATHS.map(({ path, bareHandles }) => ({
      path,
      bareHandles,
      listenOn: listenForTest,
      connect: connectPlain,
    })),
    {
      path: 'TLS',
      bareHandles: true,
      listenOn: (options: Partial<ListenOptions>) => listenTls({}, options),
      connect: connectSecurely,
    },
  ];

  it.each(ways)(
    'lets no more in than it may, by $path, and knows who has left',
    async ({ bareHandles, listenOn, connect }) => {
      await using opened = await gated({ maxConnections: 2 }, { bareHandles }, listenOn);
      const { port, gate } = opened;
      const clients = [await connect(port.address), await connect(port.address)];
      const third = await connectPlain(port.address);
      expect(await opened.refused).toMatchObject({ clientAddress: '127.0.0.1', code: 'ERR_TCP_TOO_MANY_CLIENTS' });
      await expect.poll(() => [gate.connections, opened.sockets.length]).toEqual([2, 2]);
      clients[0]?.destroy();
      opened.sockets[1]?.destroy();
      await expect.poll(() => gate.connections).toBe(0);
      await connect(port.address).then((client) => clients.push(client));
      await expect.poll(() => gate.connections).toBe(1);
      for (const socket of [...clients, third, ...opened.sockets]) socket.destroy();
      await expect.poll(() => gate.connections).toBe(0);
    },
  );

  it('counts a TLS handshake that fails as left', async () => {
    await using opened = await gated({ maxConnections: 1 }, {}, (options) => listenTls({}, options));
    const client = await connectPlain(opened.port.address);
    await expect.poll(() => opened.gate.connections).toBe(1);
    client.write('this is no TLS');
    await expect.poll(() => opened.gate.connections).toBe(0);
    client.destroy();
  });

  it('judges by the address that a proxy in front has told', async () => {
    const proxyProtocol = { trusted: new TrustedProxies(['127.0.0.1']) };
    await using opened = await gated({ deny: ['203.0.113.0/24', '127.0.0.1'] }, { proxyProtocol });
    const end = (host: string) => ({ host, port: 1 });
    const header = (host: string) => encodeV1({ source: end(host), destination: end('192.0.2.1'), tlvs: [] });
    const client = await connectPlain(opened.port.address);
    client.write(header('198.51.100.7'));
    await expect.poll(() => opened.sockets.length).toBe(1);
    const other = await connectPlain(opened.port.address);
    other.write(header('203.0.113.9'));
    expect(await opened.refused).toMatchObject({ clientAddress: '203.0.113.9', code: 'ERR_TCP_CLIENT_DENIED' });
    for (const socket of [client, other, ...opened.sockets]) socket.destroy();
  });
});
