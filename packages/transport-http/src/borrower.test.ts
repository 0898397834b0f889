import type { ExchangeSource } from '@millpond/contracts';
import { ManualClock } from '@millpond/testkit';
import { ReadBuffers } from '@millpond/transport-tcp';
import { describe, expect, it } from 'vitest';
import type { BackendConnection } from './backend-connection.ts';
import { Borrower } from './borrower.ts';
import { Engine } from './engine.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A borrower, and an upstream that has nothing to lend: what is asked of it, and what comes of that. */
function borrowing(onAsked: () => void = () => undefined) {
  const log: string[] = [];
  const upstream: ExchangeSource<BackendConnection> = {
    name: 'test',
    tryAcquire() {
      log.push('asked');
      onAsked();
      return undefined;
    },
    async acquire() {
      log.push('waited for');
      throw new Error('there is none');
    },
  };
  const engine = new Engine(new ManualClock(), {}, undefined, new ReadBuffers());
  const borrower = new Borrower(engine, {
    clientId: undefined,
    clientAddress: '',
    header: () => undefined,
    onLease: () => void log.push('lent'),
    onUnavailable: (error) => void log.push(String(error)),
    onFault: (error) => void log.push(`fault: ${String(error)}`),
  });
  return { log, upstream, borrower };
}

describe('Whoever borrows', () => {
  it('asks at the end of the turn', async () => {
    const { log, upstream, borrower } = borrowing();
    borrower.acquire(upstream);
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['asked', 'waited for', 'Error: there is none']);
  });

  it('does not ask any more where the exchange is over by then', async () => {
    const { log, upstream, borrower } = borrowing();
    borrower.acquire(upstream);
    borrower.end('aborted', 0, 0);
    await turn();
    expect(log).toEqual([]);
  });

  it('asks once where another exchange has begun in the same turn', async () => {
    const { log, upstream, borrower } = borrowing();
    borrower.acquire(upstream);
    borrower.end('aborted', 0, 0);
    borrower.acquire(upstream);
    await turn();
    expect(log).toEqual(['asked', 'waited for', 'Error: there is none']);
  });

  it('is told of what a strategy throws', async () => {
    const { log, upstream, borrower } = borrowing(() => {
      throw new Error('a strategy threw');
    });
    borrower.acquire(upstream);
    await turn();
    expect(log).toEqual(['asked', 'fault: Error: a strategy threw']);
  });
});
