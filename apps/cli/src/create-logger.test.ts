import { expect, test } from 'vitest';
import { createLogger } from './create-logger.ts';

test('drops lines that nobody reads, and says how many once they are read again', () => {
  const lines: Record<string, unknown>[] = [];
  const stderr = { writableLength: 0, write: (line: string) => lines.push(JSON.parse(line)) };
  const terminal = { stdout: stderr, stderr, env: {}, onStopSignal: () => () => undefined };
  const logger = createLogger({ level: 'info', format: 'json', access: false, metricsIntervalMs: 0 }, terminal);
  logger.info('one');
  stderr.writableLength = 2_000_000;
  for (const lost of ['two', 'three']) logger.info(lost);
  stderr.writableLength = 0;
  logger.info('four');
  logger.info('five');
  expect(lines).toMatchObject([{ msg: 'one' }, { msg: 'four' }, { level: 40, dropped: 2 }, { msg: 'five' }]);
});
