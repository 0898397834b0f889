import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts } from './support/ports.ts';
import { runProgram, startProgram, type Program } from './support/program.ts';
import { findTool, itWith } from './support/tools.ts';

const ROWS = 100_000;

/** Ends in an error that has what the program said. */
async function succeeds(program: Program): Promise<string> {
  const code = await program.exit();
  if (code !== 0) throw new Error(`it ended with ${code}:\n${program.stdout}\n${program.stderr}`);
  return program.stdout;
}

/** What the server does not do as root, it does as its own user. */
async function asPostgres(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  const uid = Number(await succeeds(await runProgram('id', ['-u', 'postgres'])));
  await chown(folder, uid, uid);
  return [findTool('setpriv') ?? 'setpriv', `--reuid=${uid}`, '--clear-groups'];
}

/** PostgreSQL that serves until it is disposed of, with all that it keeps in `folder`. */
async function startPostgres(folder: string, port: number): Promise<Program> {
  const user = await asPostgres(folder);
  const command = (tool: string, args: readonly string[]): [string, readonly string[]] => {
    const [first = '', ...others] = [...user, findTool(tool) ?? tool, ...args];
    return [first, others];
  };
  const data = join(folder, 'data');
  await succeeds(
    await runProgram(...command('initdb', ['-D', data, '-U', 'test', '-A', 'trust', '-N']), { cwd: folder }),
  );
  const settings = ['-c', 'fsync=off', '-c', `unix_socket_directories=${folder}`];
  const server = startProgram(...command('postgres', ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', ...settings]), {
    cwd: folder,
  });
  await server.says(({ stderr }) => stderr.includes('ready to accept connections'));
  return server;
}

describe('PostgreSQL behind a TCP app', () => {
  itWith(
    ['initdb', 'postgres', 'pgbench', 'psql', 'setpriv'],
    'serves pgbench, and a COPY of 100 MB out and in',
    async () => {
      await using folder = await TemporaryFolder.create();
      await using files = await TemporaryFolder.create();
      const [port = 0] = await freePorts(1);
      await using _server = await startPostgres(folder.path, port);
      const config = await files.write('config.json', {
        apps: [
          {
            name: 'db',
            protocol: 'tcp',
            frontends: [{ listen: '127.0.0.1:0' }],
            backends: [`127.0.0.1:${port}`],
            pool: { minIdle: 2 },
          },
        ],
      });
      await using millpond = await Millpond.run(config);
      const target = ['-h', '127.0.0.1', '-p', `${millpond.port('db')}`, '-U', 'test'];
      const pgbench = async (...args: string[]) =>
        succeeds(await runProgram('pgbench', [...target, ...args, 'postgres']));
      const psql = async (...commands: string[]) =>
        succeeds(
          await runProgram('psql', [
            ...target,
            '-XAtq',
            '-v',
            'ON_ERROR_STOP=1',
            ...commands.flatMap((one) => ['-c', one]),
            'postgres',
          ]),
        );
      await pgbench('-i', '-q', '-s', '1');
      // Once over connections that stay, once over a new one for each transaction.
      expect(await pgbench('-c', '8', '-t', '50')).toContain('number of failed transactions: 0');
      expect(await pgbench('-c', '4', '-t', '10', '-C')).toContain('number of failed transactions: 0');

      const copy = join(files.path, 'copy');
      const value = `repeat(md5(i::text), 31)`;
      await psql(
        `\\copy (select i, ${value} from generate_series(1, ${ROWS}) i) to '${copy}'`,
        'create unlogged table copied (i int, v text)',
        `\\copy copied from '${copy}'`,
      );
      expect(await psql(`select count(*), sum(length(v)) from copied where v = ${value}`)).toBe(
        `${ROWS}|${ROWS * 32 * 31}\n`,
      );
    },
    120_000,
  );
});
