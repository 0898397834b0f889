import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connectRaw, pluginContext, startHttpBackend } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { TestSource } from '../test/test-source.ts';
import { scriptedBackend } from '../test/scripted-backend.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, HttpTransport, httpTransport } from './http-transport.ts';

const { signal } = new AbortController();

describe('The HTTP transport', () => {
  it('is a plugin without options', async () => {
    expect(httpTransport).toMatchObject({ kind: 'transport', name: 'http', apiVersion: 1 });
    expect(await httpTransport.options['~standard'].validate({})).toEqual({ value: {} });
    expect(await httpTransport.options['~standard'].validate({ bareHandles: true })).toHaveProperty('issues');
    expect(await httpTransport.create({}, pluginContext())).toBeInstanceOf(HttpTransport);
  });

  it('holds each frontend to its own limits, whatever another one has let pass', async () => {
    const transport = new HttpTransport(pluginContext());
    const answers: string[] = [];
    for (const headers of [100, 1]) {
      const limits = { ...DEFAULT_LIMITS, headers };
      const address = { host: '127.0.0.1', port: 0 };
      const frontend = { app: 'test', address, limits };
      const listener = await transport.serve(frontend, { route: () => undefined }, { signal });
      await using client = await connectRaw(listener.address);
      client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      answers.push((await client.waitForEnd()).slice(0, 12));
      await listener.drain({ signal: AbortSignal.abort() });
    }
    expect(answers).toEqual(['HTTP/1.1 404', 'HTTP/1.1 431']);
  });

  it('says that nobody listens', async () => {
    await using backend = await startHttpBackend();
    await backend.stop();
    await expect(new HttpTransport(pluginContext()).connect(backend.backend, { signal })).rejects.toMatchObject({
      code: 'ERR_TCP_CONNECT_FAILED',
    });
  });

  it('leaves no connection behind where dialling is aborted', async () => {
    await using backend = await startHttpBackend();
    const reason = new Error('enough');
    await expect(
      new HttpTransport(pluginContext()).connect(backend.backend, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(backend.openConnections).toBe(0);
  });

  it('drops a connection on which a backend speaks first', async () => {
    await using backend = await scriptedBackend();
    const connection = await new HttpTransport(pluginContext()).connect(backend.backend, { signal });
    expect(connection.isReusable).toBe(true);
    const closed = new Promise<void>((resolve) => connection.onIdleClose(resolve));
    await backend.open(1);
    backend.sockets[0]?.socket.write('220 ready\r\n');
    await closed;
    expect(connection.isReusable).toBe(false);
  });

  it('serves and dials UNIX sockets, of which there is no address to tell', async () => {
    const [front, back] = [socketPath(), socketPath()];
    const server = createServer((request, response) => response.end(request.rawHeaders.join('\n')));
    await once(server.listen(back), 'listening');
    const transport = new HttpTransport(pluginContext());
    const upstream = new TestSource(transport, {
      id: back,
      url: back,
      address: { path: back },
      weight: 1,
      priority: 0,
    });
    const route = { upstream, timeouts: DEFAULT_TIMEOUTS, filters: [], replayStale: true };
    const listener = await transport.serve({ app: 'a', address: { path: front } }, { route: () => route }, { signal });

    const client = connect(front);
    client.write('GET / HTTP/1.0\r\n\r\n');
    const [answer] = await once(client, 'data');
    expect(String(answer)).toMatch(/\r\n\r\nHost\nlocalhost\nX-Forwarded-Proto\nhttp\nVia\n1\.0 millpond$/);
    await listener.drain({ signal });
    upstream.close();
    server.close();
  });
});

function socketPath(): string {
  return join(tmpdir(), `millpond-${randomUUID()}.sock`);
}
