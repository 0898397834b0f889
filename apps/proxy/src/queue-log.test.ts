import type { RequestEnd } from '@millpond/contracts';
import { ManualClock, recordingLogger } from '@millpond/testkit';
import { expect, test } from 'vitest';
import { QueueLog } from './queue-log.ts';

const END: RequestEnd = {
  app: 'web',
  protocol: 'http',
  clientAddress: '127.0.0.1',
  upstream: 'web',
  backend: undefined,
  method: 'GET',
  target: '/',
  status: 503,
  bytesIn: 0,
  bytesOut: 0,
  durationMs: 0,
  result: 'connect-failed',
  errorCode: 'ERR_POOL_QUEUE_FULL',
  reason: 'all busy',
};

test('requests that a queue turns away are logged at once, then once a second with their number', async () => {
  const logger = recordingLogger();
  const clock = new ManualClock();
  const log = new QueueLog(logger, clock);
  const lines = (): unknown[] => logger.entries.map(({ fields }) => fields);

  log.requestEnded(END);
  for (let count = 0; count < 100; count++) log.requestEnded(END);
  log.requestEnded({ ...END, errorCode: 'ERR_POOL_ACQUIRE_TIMEOUT' });
  expect(lines()).toEqual([{ upstream: 'web', refused: 1, timedOut: 0, reason: 'all busy' }]);

  log.requestEnded({ ...END, upstream: 'api', errorCode: 'ERR_POOL_ACQUIRE_TIMEOUT', reason: 'too long' });
  expect(lines()[1]).toEqual({ upstream: 'api', refused: 0, timedOut: 1, reason: 'too long' });

  await clock.advance(999);
  log.requestEnded(END);
  expect(lines()).toHaveLength(2);
  await clock.advance(1);
  log.requestEnded(END);
  expect(lines()[2]).toEqual({ upstream: 'web', refused: 102, timedOut: 1, reason: 'all busy' });
});

test('other ends are not logged', () => {
  const logger = recordingLogger();
  const log = new QueueLog(logger, new ManualClock());
  log.requestEnded({ ...END, errorCode: undefined });
  log.requestEnded({ ...END, errorCode: 'ERR_UPSTREAM_UNAVAILABLE' });
  log.requestEnded({ ...END, upstream: undefined, errorCode: 'ERR_HTTP_NO_ROUTE' });
  expect(logger.entries).toEqual([]);
});
