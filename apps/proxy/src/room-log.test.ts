import { ManualClock, recordingLogger } from '@millpond/testkit';
import { expect, test } from 'vitest';
import { RoomLog } from './room-log.ts';

const CROWD = { clients: 59, waiting: 1, maxOpenFiles: 200 };
const REFUSAL = { clientAddress: '127.0.0.1', code: 'ERR_TCP_NO_DESCRIPTORS', reason: 'full' };

test('clients that wait for descriptors are logged at once, then every ten seconds with their number', async () => {
  const logger = recordingLogger();
  const clock = new ManualClock();
  const log = new RoomLog(logger, clock);
  const lines = (): unknown[] => logger.entries.map(({ level, fields }) => ({ level, ...fields }));

  for (let count = 0; count < 10; count++) log.clientWaits('127.0.0.1:80', CROWD);
  for (let count = 0; count < 5; count++) log.connectionRefused('127.0.0.1:80', REFUSAL);
  expect(lines()).toEqual([{ level: 'warn', address: '127.0.0.1:80', ...CROWD, waited: 1, refused: 0 }]);

  await clock.advance(9999);
  log.connectionRefused('127.0.0.1:80', REFUSAL);
  expect(lines()).toHaveLength(1);
  await clock.advance(1);
  log.clientWaits('127.0.0.1:81', { ...CROWD, waiting: 7 });
  expect(lines()[1]).toEqual({
    level: 'warn',
    address: '127.0.0.1:81',
    ...CROWD,
    waiting: 7,
    waited: 10,
    refused: 6,
  });
});

test('clients that are refused for other reasons are not logged', () => {
  const logger = recordingLogger();
  new RoomLog(logger, new ManualClock()).connectionRefused('127.0.0.1:80', {
    ...REFUSAL,
    code: 'ERR_TCP_RATE_LIMITED',
  });
  expect(logger.entries).toEqual([]);
});
