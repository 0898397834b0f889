import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEchoServer, startHttpBackend, TestAuthority, type LoopbackServer } from '@millpond/testkit';
import { describe, expect, it } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts } from './support/ports.ts';
import { runProgram, startProgram } from './support/program.ts';
import { itWith } from './support/tools.ts';

const examples = fileURLToPath(new URL('../../../docs/examples', import.meta.url));

/** Environment that has an example listen on any port, in front of these backends. */
function environment(...backends: LoopbackServer[]): Record<string, string> {
  const named = backends.map(({ url }, index) => [`BACKEND_${index + 1}`, url.replace('http://', '')] as const);
  return { PORT: '0', ADMIN_PORT: '0', ...Object.fromEntries(named) };
}

async function echo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  try {
    socket.write(text);
    const [answer]: unknown[] = await once(socket, 'data');
    return String(answer);
  } finally {
    socket.destroy();
  }
}

describe('docs/examples', () => {
  it('http-backend-proxy takes its backends in turn and says the bytes of each path', async () => {
    await using one = await startHttpBackend({ name: 'one' });
    await using two = await startHttpBackend({ name: 'two' });
    await using three = await startHttpBackend({ name: 'three' });
    const file = join(examples, 'http-backend-proxy/millpond.yaml');
    await using millpond = await Millpond.run(file, { env: environment(one, two, three) });
    const answers: string[] = [];
    const bytes: (string | null)[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const response = await fetch(`${millpond.url('web')}/page?turn=${turn}`);
      bytes.push(response.headers.get('x-bytes'));
      answers.push(await response.text());
    }
    expect(answers).toEqual(['one', 'two', 'three']);
    expect(bytes).toEqual(['3', '6', '11']);
    const other = await fetch(`${millpond.url('web')}/other`, { method: 'HEAD' });
    expect(other.headers.get('x-bytes')).toBe('0');
    expect(await millpond.stop()).toBe(0);
  });

  it('tcp-proxy relays from every port of its apps', async () => {
    await using folder = await TemporaryFolder.create();
    await using first = await startEchoServer();
    await using second = await startEchoServer();
    // The file as it is, but for its ports, which may be taken here.
    const text = await readFile(join(examples, 'tcp-proxy/config.json'), 'utf8');
    const targets = text
      .replaceAll(/5001|5200|5300|6001/g, '0')
      .replaceAll(/9101|9102/g, `${first.port}`)
      .replace(`"127.0.0.1:${first.port}", `, '')
      .replace('9103', `${second.port}`);
    await folder.write('config.json', targets);
    await using millpond = Millpond.start(['run'], { cwd: folder.path });
    await millpond.program.says(() => millpond.log('App is open').length === 2);
    const ports = [...millpond.ports('five-thousand'), ...millpond.ports('six-thousand')];
    expect(ports).toHaveLength(4);
    for (const port of ports) expect(await echo(port, `to ${port}`)).toBe(`to ${port}`);
    expect([first.connections >= 3, second.connections > 0]).toEqual([true, true]);
    expect(await millpond.stop()).toBe(0);
  });

  it('keep-alive-pool keeps connections ready and reuses them', async () => {
    await using one = await startHttpBackend({ name: 'one' });
    await using two = await startHttpBackend({ name: 'two' });
    const file = join(examples, 'keep-alive-pool/millpond.yaml');
    await using millpond = await Millpond.run(file, { env: environment(one, two) });
    const answers: string[] = [];
    for (let turn = 0; turn < 30; turn++) answers.push(await (await fetch(millpond.url('web'))).text());
    expect(answers.filter((name) => name === 'one')).toHaveLength(20);
    expect(await millpond.stop()).toBe(0);
  });

  itWith(
    ['curl'],
    'https serves HTTPS in front of HTTPS, and sends there who comes by HTTP',
    async () => {
      const authority = new TestAuthority();
      const localhost = authority.issue({ names: ['localhost', '127.0.0.1'] });
      await using backend = await startHttpBackend({ name: 'one', tls: localhost });
      await using folder = await TemporaryFolder.create();
      await cp(join(examples, 'https'), folder.path, { recursive: true });
      const ca = await folder.write('ca.pem', authority.ca);
      await folder.write('localhost.pem', localhost.cert);
      await folder.write('localhost.key', localhost.key);
      const file = join(folder.path, 'millpond.yaml');
      const [tlsPort] = await freePorts(1);
      const env = { PORT: '0', TLS_PORT: `${tlsPort}`, BACKEND_1: `127.0.0.1:${backend.port}` };
      const check = await Millpond.to(['check', file], { env });
      expect(check.stdout).toContain(`127.0.0.1:${tlsPort} (TLS), 127.0.0.1:0 (to https on ${tlsPort})`);
      await using millpond = await Millpond.run(file, { env });
      const [, plainPort] = millpond.ports('web');
      const curl = await runProgram('curl', ['-sSiL', '--cacert', ca, `http://localhost:${plainPort}/a?b`]);
      expect(curl.stderr).toBe('');
      expect(curl.stdout).toMatch(/^HTTP\/1\.1 308 Permanent Redirect\r\n/);
      expect(curl.stdout).toContain(`Location: https://localhost:${tlsPort}/a?b\r\n`);
      expect(curl.stdout).toMatch(/\r\nHTTP\/1\.1 200 OK\r\n.*one$/s);
      const stranger = await runProgram('curl', ['-sS', `https://localhost:${tlsPort}/`]);
      expect([stranger.stdout, await stranger.exit()]).toEqual(['', 60]);
      await folder.write('localhost.key', authority.issue({ names: ['x'] }).key);
      const broken = await Millpond.to(['check', file], { env });
      expect([await broken.exit(), broken.stderr]).toEqual([
        78,
        expect.stringMatching(/localhost\.pem: The key does not belong .*\(ERR_TLS_INVALID_CERTIFICATE\)/s),
      ]);
      expect(await millpond.stop()).toBe(0);
    },
    30_000,
  );

  it('embedded runs within a program, and moves its traffic to a backend that joins', async () => {
    await using program = startProgram(process.execPath, [join(examples, 'embedded/server.mjs')], {
      env: { PORT: '0' },
    });
    await program.says(({ stdout }) => stdout.includes('hello from'));
    expect(program.stdout).toContain('hello from second');
    program.kill('SIGTERM');
    expect(await program.exit()).toBe(0);
  });

  it('custom-strategy picks by a strategy from a file, also from a folder outside of this repository', async () => {
    await using one = await startHttpBackend({ name: 'one' });
    await using slow = await startHttpBackend({
      name: 'slow',
      handler: (_request, response) => void setTimeout(() => response.end('slow'), 30),
    });
    await using folder = await TemporaryFolder.create();
    await cp(join(examples, 'custom-strategy'), folder.path, { recursive: true });
    // What `npm install @millpond/contracts zod` would put there.
    await cp(
      fileURLToPath(new URL('../../../node_modules/zod', import.meta.url)),
      join(folder.path, 'node_modules/zod'),
      { recursive: true },
    );
    await cp(
      fileURLToPath(new URL('../../../packages/contracts', import.meta.url)),
      join(folder.path, 'node_modules/@millpond/contracts'),
      {
        recursive: true,
      },
    );
    const file = join(folder.path, 'millpond.yaml');
    await using millpond = await Millpond.run(file, { env: environment(one, slow) });
    const answers: string[] = [];
    for (let turn = 0; turn < 20; turn++) answers.push(await (await fetch(millpond.url('web'))).text());
    expect(answers.filter((name) => name === 'slow').length).toBeLessThan(3);
    expect(await millpond.stop()).toBe(0);
  }, 30_000);
});
