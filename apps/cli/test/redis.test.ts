import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts } from './support/ports.ts';
import { runProgram, startProgram } from './support/program.ts';
import { itWith } from './support/tools.ts';

describe('redis behind a TCP app', () => {
  itWith(
    ['redis-server', 'redis-benchmark'],
    'completes every command of redis-benchmark',
    async () => {
      await using folder = await TemporaryFolder.create();
      const [port = 0] = await freePorts(1);
      await using redis = startProgram('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], {
        cwd: folder.path,
      });
      await redis.says(({ stdout }) => stdout.includes('Ready to accept connections'));
      const config = await folder.write('config.json', {
        apps: [{ name: 'redis', frontends: [{ listen: '127.0.0.1:0' }], targets: [`127.0.0.1:${port}`] }],
      });
      await using millpond = await Millpond.run(config);
      const commands = ['PING_INLINE', 'SET', 'GET', 'INCR', 'LPUSH', 'LRANGE_100', 'MSET'];
      const flags = ['-p', `${millpond.port('redis')}`, '-n', '5000', '-c', '50', '-P', '4', '--csv'];
      const benchmark = await runProgram('redis-benchmark', [
        ...flags,
        '-t',
        'ping,set,get,incr,lpush,lrange_100,mset',
      ]);
      expect(await benchmark.exit(), benchmark.stderr).toBe(0);
      for (const command of commands) expect(benchmark.stdout).toContain(command);
      expect(benchmark.stderr).toBe('');
    },
    60_000,
  );
});
