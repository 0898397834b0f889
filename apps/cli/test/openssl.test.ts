import { TestAuthority } from '@millpond/testkit';
import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts } from './support/ports.ts';
import { runProgram, startProgram } from './support/program.ts';
import { itWith } from './support/tools.ts';

describe('openssl', () => {
  itWith(
    ['openssl'],
    'finds one of two s_servers behind one port by the name that it asks for, and verifies its certificate',
    async () => {
      await using folder = await TemporaryFolder.create();
      const authority = new TestAuthority();
      const ca = await folder.write('ca.pem', authority.ca);
      const ports = await freePorts(2);
      const serve = async (name: string, port: number | undefined) => {
        const { cert, key } = authority.issue({ names: [name] });
        const files = [
          '-cert',
          await folder.write(`${name}.pem`, cert),
          '-key',
          await folder.write(`${name}.key`, key),
        ];
        const server = startProgram('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...files, '-www']);
        await server.says(({ stdout }) => stdout.includes('ACCEPT'));
        return server;
      };
      await using _one = await serve('one.example.com', ports[0]);
      await using _two = await serve('two.example.com', ports[1]);
      const backend = (port: number | undefined) => ({ backends: [`127.0.0.1:${port}`], health: false });
      const config = await folder.write('config.json', {
        upstreams: { one: backend(ports[0]), two: backend(ports[1]) },
        apps: [
          {
            name: 'edge',
            protocol: 'tcp',
            frontends: [{ listen: '127.0.0.1:0' }],
            routes: [
              { match: { sni: '*.example.com' }, upstream: 'two' },
              { match: { sni: 'one.example.com' }, upstream: 'one' },
            ],
          },
        ],
      });
      await using millpond = await Millpond.run(config);
      const connect = async (name: string) => {
        const names = ['-servername', name, '-verify_hostname', name];
        const target = ['-connect', `127.0.0.1:${millpond.port('edge')}`];
        return runProgram('openssl', ['s_client', ...target, ...names, '-CAfile', ca, '-verify_return_error']);
      };
      for (const name of ['one.example.com', 'two.example.com']) {
        const client = await connect(name);
        expect(await client.exit(), client.stderr).toBe(0);
        expect(client.stdout).toContain('Verify return code: 0 (ok)');
        expect(client.stdout).toContain(`CN = ${name}`);
      }
      expect(await (await connect('one.example.org')).exit()).not.toBe(0);
    },
    60_000,
  );
});
