import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ManualClock, TestAuthority } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { connectPlain, READ_PATHS } from '../../test/loopback.ts';
import { deferred } from '../../test/deferred.ts';
import { authority, connectSecurely, listenTls, localhost, nameShown } from '../../test/secure.ts';
import type { FastSocket } from '../socket/fast-socket.ts';

const HANDSHAKE = 'ERR_TLS_HANDSHAKE_FAILED';

/** Failed handshakes, as the observer is told of them. */
function failures() {
  const errors: { code: string; message: string }[] = [];
  const first = deferred<{ code: string; message: string }>();
  const observer = {
    handshakeFailed: (_address: string, error: unknown) => {
      const { code, message } = Object(error);
      errors.push({ code, message });
      first.resolve({ code, message });
    },
  };
  return { observer, errors, first: first.promise };
}

/** Unlike `once`, it does not mind errors. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe.each(READ_PATHS)('A port that speaks TLS by $path:', ({ bareHandles }) => {
  const listen: typeof listenTls = (settings, options) => listenTls(settings, { bareHandles, ...options });

  describe('which certificate a client gets', () => {
    it('is that of the name it asks for, itself before a wildcard; the first one for all others', async () => {
      const names = [['first.test', 'also.test'], ['exact.example.com'], ['*.example.com'], ['*.b.example.com']];
      const certificates = names.map((all) => authority.issue({ names: all }));
      const port = await listen({ certificates });
      const shown: string[] = [];
      for (const asked of [
        'also.test',
        'exact.example.com',
        'EXACT.Example.com',
        'other.example.com',
        'a.b.example.com',
        'a.a.example.com',
        'example.com',
        'nobody.test',
        '',
      ]) {
        shown.push(await nameShown(port, asked));
      }
      expect(shown).toEqual([
        'first.test',
        'exact.example.com',
        'exact.example.com',
        '*.example.com',
        '*.b.example.com',
        'first.test',
        'first.test',
        'first.test',
        'first.test',
      ]);
      await port.close();
    });

    it('is the new one after an exchange, for every name; who is connected stays so', async () => {
      const issue = (by: TestAuthority) => [by.issue({ names: ['a.test'] }), by.issue({ names: ['b.test'] })];
      const next = new TestAuthority('Next');
      const accepted = deferred<FastSocket>();
      const port = await listen({ certificates: issue(authority) }, { onConnection: accepted.resolve });
      const before = await connectSecurely(port.address, { servername: 'a.test' });
      port.setTls({ certificates: issue(next) });
      await expect(nameShown(port, 'b.test')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
      const shown: string[] = [];
      for (const name of ['a.test', 'b.test', '']) shown.push(await nameShown(port, name, next.ca));
      expect(shown).toEqual(['a.test', 'b.test', 'a.test']);
      const said = once(before, 'data');
      (await accepted.promise).write('still here');
      expect(String(await said)).toBe('still here');
      before.destroy();
      await port.close();
    });

    it('stays the old one where the new one cannot be used', async () => {
      const port = await listen();
      const { cert } = authority.issue({ names: ['other.test'] });
      expect(() => port.setTls({ certificates: [{ cert, key: localhost.key }] })).toThrow(
        expect.objectContaining({ code: 'ERR_TLS_INVALID_CERTIFICATE' }),
      );
      expect(await nameShown(port, 'localhost')).toBe('localhost');
      await port.close();
    });
  });

  describe('a handshake', () => {
    it('is followed by the connection, with the address of the client and the protocol that both speak', async () => {
      const accepted = deferred<FastSocket>();
      const port = await listen({}, { onConnection: accepted.resolve, protocols: ['http/1.1'] });
      const client = await connectSecurely(port.address, { ALPNProtocols: ['h2', 'http/1.1'] });
      const socket = await accepted.promise;
      expect([client.alpnProtocol, socket.remoteAddress, socket.encrypted]).toEqual(['http/1.1', '127.0.0.1', true]);
      client.destroy();
      socket.destroy();
      await port.close();
    });

    it('is not made anew on an open connection', async () => {
      const port = await listen({}, { onConnection: (socket) => socket.resume() });
      const client = await connectSecurely(port.address, { maxVersion: 'TLSv1.2' });
      const error = await new Promise((resolve) => {
        client.once('error', resolve);
        client.renegotiate({}, resolve);
      });
      expect(error).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
      client.destroy();
      await port.close();
    });

    it('is shorter the second time', async () => {
      const port = await listen({}, { onConnection: (socket) => socket.resume() });
      const first = await connectSecurely(port.address);
      const [session] = await once(first, 'session');
      const second = await connectSecurely(port.address, { session });
      expect([first.isSessionReused(), second.isSessionReused()]).toEqual([false, true]);
      first.destroy();
      second.destroy();
      await port.close();
    });

    it('fails with plain HTTP, and the connection is closed', async () => {
      const { observer, first } = failures();
      const port = await listen({}, { observer });
      const client = await connectPlain(port.address);
      client.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(await first).toEqual({
        code: HANDSHAKE,
        message: 'No TLS connection with the client 127.0.0.1: it speaks plain HTTP.',
      });
      await once(client, 'end');
      await port.close();
    });

    it.each([
      [3000, 3000],
      [0, 120_000],
    ])('must be done in time: with a limit of %i ms, in %i', async (timeoutMs, limitMs) => {
      const clock = new ManualClock();
      const { observer, errors, first } = failures();
      const accepted = deferred<FastSocket>();
      const port = await listen({}, { observer, clock, timeoutMs, onConnection: accepted.resolve });
      const quick = await connectSecurely(port.address);
      const socket = await accepted.promise;
      const slow = await connectPlain(port.address);
      slow.resume().write(Buffer.from([0x16, 0x03]));
      const isPending = (): boolean => clock.pending > 0;
      while (!isPending()) await new Promise(setImmediate);
      const ended = once(slow, 'end');
      await clock.advance(limitMs - 1);
      expect(errors).toEqual([]);
      await clock.advance(1);
      expect(await first).toMatchObject({
        code: HANDSHAKE,
        message: expect.stringContaining(`longer than ${limitMs} ms`),
      });
      await ended;
      expect([socket.destroyed, errors.length, clock.pending]).toEqual([false, 1, 0]);
      quick.destroy();
      socket.destroy();
      await port.close();
    });

    it('of a client that goes away leaves nothing behind', async () => {
      const clock = new ManualClock();
      const { observer, errors } = failures();
      const port = await listen({}, { observer, clock });
      for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
        const client = await connectPlain(port.address);
        client.resume().write(Buffer.from([0x16, 0x03, 0x01]), () => client[leave]());
        await closed(client);
      }
      while (errors.length < 3) await new Promise(setImmediate);
      expect(errors.map(({ code }) => code)).toEqual([HANDSHAKE, HANDSHAKE, HANDSHAKE]);
      expect(clock.pending).toBe(0);
      await port.close();
    });

    it('is cut off when the port is closed, and nobody is told', async () => {
      const clock = new ManualClock();
      const { observer, errors } = failures();
      const port = await listen({}, { observer, clock });
      const client = await connectPlain(port.address);
      client.resume();
      while (clock.pending === 0) await new Promise(setImmediate);
      await port.close();
      await once(client, 'end');
      await new Promise(setImmediate);
      expect([clock.pending, errors]).toEqual([0, []]);
    });

    it('needs TLS 1.3 where that is the least', async () => {
      const port = await listen({ minVersion: 'TLSv1.3' }, { onConnection: (socket) => socket.resume() });
      await expect(connectSecurely(port.address, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/i);
      const client = await connectSecurely(port.address);
      expect(client.getProtocol()).toBe('TLSv1.3');
      client.destroy();
      await port.close();
    });
  });

  describe('certificates of clients', () => {
    const good = authority.issue({ names: ['client'] });
    const bad = new TestAuthority('Stranger').issue({ names: ['client'] });
    const expired = authority.issue({ names: ['client'], validTo: new Date('2020-01-01') });

    /** What a client with that certificate reads until the end. */
    async function greeting(port: { address: { path: string } | { host: string; port: number } }, own?: object) {
      const socket: TLSSocket = connectTls({ ...port.address, ca: authority.ca, servername: 'localhost', ...own });
      let text = '';
      socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString()));
      await closed(socket);
      return text;
    }

    const onConnection = (socket: FastSocket): void => {
      socket.resume();
      socket.write('welcome');
      socket.end();
    };

    it.each(['TLSv1.2', 'TLSv1.3'] as const)('are required where they are (%s)', async (version) => {
      const { observer, errors } = failures();
      const clientCertificates = { ca: authority.ca, required: true };
      const port = await listen({ clientCertificates }, { observer, onConnection });
      const versions = { minVersion: version, maxVersion: version };
      expect(await greeting(port, { ...versions, ...good })).toBe('welcome');
      expect(errors).toEqual([]);
      expect(await greeting(port, versions)).toBe('');
      expect(await greeting(port, { ...versions, ...bad })).toBe('');
      expect(await greeting(port, { ...versions, ...expired })).toBe('');
      while (errors.length < 3) await new Promise(setImmediate);
      expect(errors.map(({ message }) => /: (?:it|its) .*$/.exec(message)?.[0])).toEqual([
        ': it has no certificate.',
        ': its certificate is not valid (UNABLE_TO_VERIFY_LEAF_SIGNATURE).',
        ': its certificate is not valid (CERT_HAS_EXPIRED).',
      ]);
      await port.close();
    });

    it('may be missing or bad where they are not required', async () => {
      const port = await listen({ clientCertificates: { ca: authority.ca, required: false } }, { onConnection });
      expect([await greeting(port), await greeting(port, bad), await greeting(port, good)]).toEqual([
        'welcome',
        'welcome',
        'welcome',
      ]);
      await port.close();
    });

    it('that an authority of the same name has signed with another key are bad, and no more than that', async () => {
      const { cert, key } = new TestAuthority().issue({ names: ['client'] });
      for (const required of [false, true]) {
        const { observer, errors, first } = failures();
        const port = await listen({ clientCertificates: { ca: authority.ca, required } }, { observer, onConnection });
        expect(await greeting(port, { cert, key })).toBe(required ? '' : 'welcome');
        if (required) await first;
        expect(errors.map(({ message }) => /\((.*)\)/.exec(message)?.[1])).toEqual(
          required ? ['CERT_SIGNATURE_FAILURE'] : [],
        );
        await port.close();
      }
    });

    it('are required for every name that is asked for', async () => {
      const certificates = [localhost, authority.issue({ names: ['other.test'] })];
      const port = await listen(
        { certificates, clientCertificates: { ca: authority.ca, required: true } },
        { onConnection },
      );
      expect(await greeting(port, { servername: 'other.test', ...bad })).toBe('');
      expect(await greeting(port, { servername: 'other.test', ...good })).toBe('welcome');
      await port.close();
    });

    it('do not let a session in of an authority that is not taken any more', async () => {
      const certificates = [localhost];
      const port = await listen(
        { certificates, clientCertificates: { ca: authority.ca, required: true } },
        { onConnection },
      );
      const sessions: Buffer[] = [];
      const socket = connectTls({ ...port.address, ca: authority.ca, servername: 'localhost', ...good });
      socket.on('session', (session) => sessions.push(session)).resume();
      await closed(socket);
      expect(await greeting(port, { session: sessions[0] })).toBe('welcome');
      port.setTls?.({ certificates, clientCertificates: { ca: new TestAuthority().ca, required: true } });
      expect(await greeting(port, { session: sessions[0] })).toBe('');
      await port.close();
    });

    it('do not let a session in that was never let in', async () => {
      const port = await listen({ clientCertificates: { ca: authority.ca, required: true } }, { onConnection });
      const sessions: Buffer[] = [];
      const socket = connectTls({ ...port.address, ca: authority.ca, servername: 'localhost', ...bad });
      socket
        .on('session', (session) => sessions.push(session))
        .on('error', () => undefined)
        .resume();
      await closed(socket);
      for (const session of sessions) expect(await greeting(port, { session })).toBe('');
      await port.close();
    });
  });

  it('says which files cannot be used', async () => {
    const settings = { certificates: [{ cert: 'nothing', key: localhost.key }] };
    await expect(listen(settings)).rejects.toMatchObject({
      code: 'ERR_TLS_INVALID_CERTIFICATE',
      message: 'There is no certificate in PEM form.',
    });
    const encrypted = authority.issue({ names: ['localhost'], passphrase: 'secret' });
    await expect(listen({ certificates: [encrypted] })).rejects.toThrow(/It is encrypted: check the passphrase/);
    const port = await listen({ certificates: [{ ...encrypted, passphrase: 'secret' }] });
    expect(await nameShown(port, 'localhost')).toBe('localhost');
    await port.close();
    const clientCertificates = { ca: 'nobody', required: true };
    await expect(listen({ clientCertificates })).rejects.toThrow(/among the authorities/);
  });
});
