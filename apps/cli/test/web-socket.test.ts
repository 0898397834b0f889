import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { LoopbackServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { runProgram } from './support/program.ts';
import { itWith } from './support/tools.ts';

/** Sends every message of a WebSocket back, and serves the page; `/hold` is answered when `/release` is. */
async function startBackend(): Promise<LoopbackServer> {
  let held: ServerResponse | undefined;
  const server = createServer((request, response) => {
    if (request.url === '/hold') {
      held = response;
      return;
    }
    if (request.url === '/release') held?.end();
    response.setHeader('content-type', 'text/html').end(page());
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: true });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return LoopbackServer.start(server, { scheme: 'http', name: 'web-socket-backend' });
}

async function run(backend: LoopbackServer, folder: TemporaryFolder, shutdown = '30s'): Promise<Millpond> {
  const config = await folder.write('config.json', {
    log: { access: true },
    admin: { listen: '127.0.0.1:0' },
    shutdown: { timeout: shutdown },
    apps: [
      {
        name: 'web',
        protocol: 'http',
        frontends: [{ listen: '127.0.0.1:0' }],
        backends: [backend.url],
        filters: ['path-stats', { use: 'headers', options: { response: { set: { 'x-proxy': 'millpond' } } } }],
        timeouts: { tunnel: '10m' },
      },
    ],
  });
  return Millpond.run(config);
}

/** A WebSocket that is open. @param onUpgrade - told the fields of the 101 */
async function connected(
  millpond: Millpond,
  onUpgrade: (headers: IncomingHttpHeaders) => void = () => undefined,
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${millpond.port('web')}/chat?room=1`);
  socket.on('error', () => undefined);
  socket.on('upgrade', ({ headers }) => onUpgrade(headers));
  await once(socket, 'open');
  return socket;
}

async function echoed(socket: WebSocket, bytes: Buffer): Promise<boolean> {
  const answer = once(socket, 'message');
  socket.send(bytes);
  const [data]: unknown[] = await answer;
  return Buffer.isBuffer(data) && data.equals(bytes);
}

describe('WebSocket through millpond run', () => {
  it('carries messages both ways, and is logged and counted when it ends', async () => {
    await using folder = await TemporaryFolder.create();
    await using backend = await startBackend();
    await using millpond = await run(backend, folder);
    let header: unknown;
    const socket = await connected(millpond, (headers) => (header = headers['x-proxy']));
    expect(header).toBe('millpond');
    expect(await echoed(socket, randomBytes(1_000_000))).toBe(true);
    socket.close();
    await once(socket, 'close');
    const ended = () => millpond.log<{ status: number; target: string; bytesIn: number; bytesOut: number }>('Request');
    await millpond.program.says(() => ended().length === 1);
    const [end] = ended();
    expect(end).toMatchObject({ status: 101, target: '/chat?room=1', result: 'completed', backend: backend.url });
    const metrics = await (await fetch(`http://127.0.0.1:${millpond.adminPort}/metrics`)).text();
    expect(metrics).toMatch(/^millpond_requests_total\{.*status="1xx"\} 1$/m);
    expect(metrics).toMatch(new RegExp(`^millpond_received_bytes_total\\{.*\\} ${end?.bytesIn}$`, 'm'));
    expect(metrics).toMatch(new RegExp(`^millpond_path_response_bytes\\{.*path="/chat"\\} ${end?.bytesOut}$`, 'm'));
    expect(metrics).toMatch(/^millpond_backend_active_requests\{.*\} 0$/m);
    expect(metrics).toMatch(/^millpond_backend_connections_closed_total\{.*reason="maxUses"\} 1$/m);
  });

  it('goes on after a SIGTERM until it ends, and then the proxy ends', async () => {
    await using folder = await TemporaryFolder.create();
    await using backend = await startBackend();
    await using millpond = await run(backend, folder);
    const socket = await connected(millpond);
    const stopped = millpond.stop();
    await expect(
      (async () => {
        for (;;) await fetch(millpond.url('web'));
      })(),
    ).rejects.toThrow('fetch failed');
    expect(await echoed(socket, Buffer.from('still here'))).toBe(true);
    socket.close();
    expect(await stopped).toBe(0);
  });

  it('is cut off where the time to shut down is over', async () => {
    await using folder = await TemporaryFolder.create();
    await using backend = await startBackend();
    await using millpond = await run(backend, folder, '100ms');
    const socket = await connected(millpond);
    const closed = once(socket, 'close');
    expect(await millpond.stop()).toBe(0);
    expect((await closed)[0]).toBe(1006);
    expect(millpond.log('Request')).toMatchObject([{ status: 101, errorCode: 'ERR_HTTP_TUNNEL_ABORTED' }]);
  });

  itWith(
    ['chromium'],
    'is opened by a page in a browser',
    async () => {
      await using folder = await TemporaryFolder.create();
      await using backend = await startBackend();
      await using millpond = await run(backend, folder);
      const chromium = await runProgram('chromium', [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${join(folder.path, 'profile')}`,
        '--timeout=60000',
        '--dump-dom',
        `${millpond.url('web')}/`,
      ]);
      const [, shown] = /<pre>([^<]*)<\/pre>/.exec(chromium.stdout) ?? [];
      expect(shown, chromium.stderr).toBe('permessage-deflate; hello; 100000 of 100000 bytes; closed 1000');
    },
    120_000,
  );
});

/** Opens a WebSocket to where it came from, and shows what comes back. The image keeps the page from being loaded until then. */
function page(): string {
  return `<!doctype html><title>chat</title><pre></pre><img src="/hold"><script type="module">
    const socket = new WebSocket('ws://' + location.host + '/chat');
    socket.binaryType = 'arraybuffer';
    const next = (event) => new Promise((resolve) => socket.addEventListener(event, resolve, { once: true }));
    await next('open');
    const shown = [socket.extensions];
    socket.send('hello');
    shown.push((await next('message')).data);
    const bytes = crypto.getRandomValues(new Uint8Array(50000));
    const sent = new Uint8Array([...bytes, ...bytes]);
    socket.send(sent);
    const got = new Uint8Array((await next('message')).data);
    shown.push(got.filter((byte, index) => byte === sent[index]).length + ' of ' + got.length + ' bytes');
    socket.close(1000);
    shown.push('closed ' + (await next('close')).code);
    document.querySelector('pre').textContent = shown.join('; ');
    fetch('/release');
  </script>`;
}
