import type { Backend, BackendTls } from '@millpond/contracts';
import { ManualClock, seededRandom, startEchoServer, startRawServer, TestAuthority } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../test/recorder.ts';
import { authority, localhost } from '../../test/secure.ts';
import { dial } from '../socket/dial.ts';
import { ReadBuffers } from '../socket/read-buffers.ts';
import { TcpTransport } from '../tcp-transport.ts';
import { TlsClient } from './tls-client.ts';

const never = new AbortController().signal;
const TRUSTED: BackendTls = { ca: authority.ca };

/** Dials, and resolves with what the backend says first and the error, whichever comes. */
async function dialOnce(backend: Backend, tls?: BackendTls, client = new TlsClient()) {
  const startTls = client.for(backend, tls);
  const socket = await dial(new ReadBuffers(), backend.address, { startTls });
  const recorder = new Recorder();
  socket.handler = recorder;
  socket.resume();
  return { socket, recorder };
}

function greeter(cert = localhost, more: object = {}) {
  return startRawServer((socket) => void socket.end('hello'), { tls: { ...cert, ...more } });
}

describe('a backend that speaks TLS', () => {
  it('is spoken to where its certificate is for its address, or for the name that it is to have', async () => {
    await using server = await greeter();
    const { recorder, socket } = await dialOnce(server.backend, TRUSTED);
    await recorder.until(({ ended }) => ended);
    expect([recorder.received, socket.encrypted]).toEqual(['hello', true]);
    socket.destroy();
    await using named = await greeter(authority.issue({ names: ['db.internal'] }));
    const other = await dialOnce(named.backend, { ...TRUSTED, servername: 'db.internal' });
    await other.recorder.until(({ ended }) => ended);
    other.socket.destroy();
  });

  it('is asked for its name, but not for an address', async () => {
    const asked: (string | false)[] = [];
    const tls = {
      ...localhost,
      SNICallback: (name: string, done: (error: null) => void) => {
        asked.push(name);
        done(null);
      },
    };
    await using server = await greeter(localhost, tls);
    for (const servername of [undefined, 'localhost', 'localhost.']) {
      const { socket } = await dialOnce(server.backend, { ...TRUSTED, ...(servername && { servername }) });
      socket.destroy();
    }
    expect(asked).toEqual(['localhost', 'localhost']);
  });

  const cases: readonly [problem: string, cert: () => object, tls: BackendTls, reason: RegExp][] = [
    ['is signed by nobody who is known', () => localhost, {}, /nobody who is trusted here .*`tls\.ca`\.$/],
    ['is signed by another', () => new TestAuthority('B').issue({ names: ['127.0.0.1'] }), TRUSTED, /`tls\.ca`\.$/],
    [
      'is for another name',
      () => authority.issue({ names: ['a.test'] }),
      TRUSTED,
      /for another name.*`tls\.servername`/,
    ],
    [
      'is for another name than the one it is to have',
      () => localhost,
      { ...TRUSTED, servername: 'b.test' },
      /for another name/,
    ],
    [
      'has expired',
      () => authority.issue({ names: ['127.0.0.1'], validTo: new Date('2020-01-01') }),
      TRUSTED,
      /certificate has expired\. Renew it\.$/,
    ],
    [
      'is not valid yet',
      () => authority.issue({ names: ['127.0.0.1'], validFrom: new Date(Date.now() + 86_400_000) }),
      TRUSTED,
      /not valid yet/,
    ],
  ];
  it.each(cases)(
    'is refused where its certificate %s, unless it is not to be verified',
    async (_, cert, tls, reason) => {
      await using server = await startRawServer((socket) => void socket.end('hello'), { tls: { ...cert() } });
      await expect(dialOnce(server.backend, tls)).rejects.toMatchObject({
        code: 'ERR_TLS_HANDSHAKE_FAILED',
        message: expect.stringMatching(reason),
      });
      const { recorder, socket } = await dialOnce(server.backend, { ...tls, verify: false });
      await recorder.until(({ ended }) => ended);
      expect(recorder.received).toBe('hello');
      socket.destroy();
    },
  );

  it('is refused where it speaks no TLS, or none that is new enough', async () => {
    await using plain = await startRawServer((socket) => void socket.end('220 hello\r\n'));
    await expect(dialOnce({ ...plain.backend, tls: true }, TRUSTED)).rejects.toThrow(/speaks no TLS there/);
    await using silent = await startRawServer((socket) => void socket.end());
    await expect(dialOnce({ ...silent.backend, tls: true }, TRUSTED)).rejects.toThrow(/closed the connection/);
    await using old = await greeter(localhost, { maxVersion: 'TLSv1.2' });
    await expect(dialOnce(old.backend, { ...TRUSTED, minVersion: 'TLSv1.3' })).rejects.toThrow(/`tls\.minVersion`/);
  });

  it('is shown a certificate where it wants one', async () => {
    const own = authority.issue({ names: ['proxy'], passphrase: 'secret' });
    const wants = { requestCert: true, ca: authority.ca, maxVersion: 'TLSv1.2' };
    await using server = await greeter(localhost, wants);
    const clientCertificate = { ...own, passphrase: 'secret' };
    const { recorder, socket } = await dialOnce(server.backend, { ...TRUSTED, clientCertificate });
    await recorder.until(({ ended }) => ended);
    expect(recorder.received).toBe('hello');
    socket.destroy();
    await expect(dialOnce(server.backend, TRUSTED)).rejects.toThrow(/may want another `tls\.cert`, or one at all/);
  });

  it('must have settings that can be used', async () => {
    await using server = await greeter();
    await expect(dialOnce(server.backend, { ca: 'nobody' })).rejects.toMatchObject({
      code: 'ERR_TLS_INVALID_CERTIFICATE',
    });
  });
});

describe('sessions', () => {
  /** Tells each client whether its session was taken up. */
  const teller = (version: 'TLSv1.2' | 'TLSv1.3') =>
    startRawServer(
      (socket) =>
        void socket.write('isSessionReused' in socket && Object(socket).isSessionReused() ? 'again' : 'first'),
      { tls: { ...localhost, minVersion: version, maxVersion: version } },
    );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('are taken up by the next connection (%s)', async (version) => {
    await using server = await teller(version);
    const { backend } = server;
    const client = new TlsClient();
    const said: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const { recorder, socket } = await dialOnce(backend, TRUSTED, client);
      await recorder.until(({ received }) => received.length === 5);
      said.push(recorder.received);
      socket.destroy();
    }
    expect(said).toEqual(['first', 'again', 'again']);
  });

  it('do not spare a backend from being verified by other settings', async () => {
    await using server = await teller('TLSv1.3');
    const { backend } = server;
    const client = new TlsClient();
    const careless = await dialOnce(backend, { verify: false }, client);
    await careless.recorder.until(({ received }) => received.length === 5);
    careless.socket.destroy();
    await expect(dialOnce(backend, {}, client)).rejects.toMatchObject({ code: 'ERR_TLS_HANDSHAKE_FAILED' });
  });
});

describe('a dial', () => {
  it('that is given up within the handshake leaves nothing behind', async () => {
    await using server = await startRawServer((socket) => void socket.resume().on('end', () => socket.end()));
    const backend = { ...server.backend, tls: true };
    const abort = new AbortController();
    const startTls = new TlsClient().for(backend, TRUSTED);
    const dialling = dial(new ReadBuffers(), backend.address, { startTls, signal: abort.signal });
    while (server.connections === 0) await new Promise(setImmediate);
    abort.abort(new Error('enough'));
    await expect(dialling).rejects.toThrow('enough');
    while (server.openConnections > 0) await new Promise(setImmediate);
  });

  it('has one limit for connection and handshake', async () => {
    await using server = await startRawServer((socket) => void socket.resume().on('end', () => socket.end()));
    const backend = { ...server.backend, tls: true };
    const startTls = new TlsClient().for(backend, TRUSTED);
    await expect(dial(new ReadBuffers(), backend.address, { startTls, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'ERR_TCP_CONNECT_TIMEOUT',
    });
  });
});

it('the transport speaks TLS with backends whose URL says so alone', async () => {
  const transport = new TcpTransport({ clock: new ManualClock(), random: seededRandom(1), observer: {} });
  await using plain = await startEchoServer();
  await using secure = await startEchoServer({ tls: localhost });
  for (const { backend } of [plain, secure]) {
    const connection = await transport.connect(backend, { signal: never, tls: TRUSTED });
    const { socket } = connection.take() ?? {};
    expect(socket?.encrypted).toBe(backend.tls === true);
    socket?.destroy();
  }
  await expect(transport.connect(secure.backend, { signal: never })).rejects.toThrow(/nobody who is trusted/);
});
