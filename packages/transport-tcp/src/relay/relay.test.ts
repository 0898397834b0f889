import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { READ_PATHS } from '../../test/loopback.ts';
import { relayed } from '../../test/relayed.ts';

const MB = 1024 * 1024;

/** Everything that comes, until the end. */
async function readAll(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  await once(socket, 'end');
  return received;
}

describe.each(READ_PATHS)('A relay that reads by $path', ({ bareHandles }) => {
  it('carries a dialogue', async () => {
    await using pair = await relayed({ bareHandles });
    pair.client.write('ping');
    expect(String(await once(pair.backend, 'data'))).toBe('ping');
    pair.backend.write('pong');
    expect(String(await once(pair.client, 'data'))).toBe('pong');
    expect(pair.ends).toEqual([]);
  });

  it('sends what was read before ahead of the rest', async () => {
    await using pair = await relayed({ bareHandles, readFromClient: 'first ', readFromBackend: 'banner ' });
    pair.client.end('second');
    pair.backend.end('answer');
    const [toBackend, toClient] = await Promise.all([readAll(pair.backend), readAll(pair.client)]);
    expect(toBackend).toBe('first second');
    expect(toClient).toBe('banner answer');
    expect(await pair.ended).toMatchObject({ bytesFromClient: 12, bytesFromBackend: 13 });
  });

  it('lets a client end its side and then get its answer', async () => {
    await using pair = await relayed({ bareHandles });
    pair.client.end('question');
    expect(await readAll(pair.backend)).toBe('question');
    pair.backend.end('x'.repeat(3 * MB));
    expect(await readAll(pair.client)).toHaveLength(3 * MB);
    expect(await pair.ended).toEqual({
      reason: 'completed',
      bytesFromClient: 8,
      bytesFromBackend: 3 * MB,
      error: undefined,
    });
  });

  it('lets a backend end its side first', async () => {
    await using pair = await relayed({ bareHandles });
    pair.backend.end('banner');
    expect(await readAll(pair.client)).toBe('banner');
    pair.client.end('x'.repeat(MB));
    expect(await readAll(pair.backend)).toHaveLength(MB);
    expect(await pair.ended).toMatchObject({ reason: 'completed' });
  });

  it('passes on a reset by the client', async () => {
    await using pair = await relayed({ bareHandles });
    pair.client.write('hello');
    await once(pair.backend, 'data');
    pair.client.resetAndDestroy();
    expect(await once(pair.backend, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await pair.ended).toMatchObject({ reason: 'client-reset', error: { code: 'ECONNRESET' } });
  });

  it('passes on a reset by the backend', async () => {
    await using pair = await relayed({ bareHandles });
    pair.client.resume();
    pair.backend.resetAndDestroy();
    expect(await once(pair.client, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await pair.ended).toMatchObject({ reason: 'backend-reset', error: { code: 'ECONNRESET' } });
  });

  it('takes from a sender no more than the reader takes, give or take the buffers', async () => {
    await using pair = await relayed({ bareHandles });
    // The reader stops before the first byte.
    pair.client.pause();
    const sender = new EndlessSender(pair.backend);
    const taken = await sender.stalled();
    // Ours holds one read at the most; the rest is in the kernel's buffers.
    expect(pair.toClient.pending).toBeLessThanOrEqual(pair.buffers.shared.length);
    const { promise: flowsAgain, resolve } = deferred();
    let received = 0;
    pair.client.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > taken) resolve();
    });
    pair.client.resume();
    await flowsAgain;
  });

  it('cuts off both sides after idleMs without a byte, and not before', async () => {
    await using pair = await relayed({ bareHandles, idleMs: 10_000 });
    await pair.clock.advance(8000);
    pair.client.write('still here');
    await once(pair.backend, 'data');
    await pair.clock.advance(8000);
    expect(pair.ends).toEqual([]);
    pair.client.resume();
    const errors = Promise.all([once(pair.client, 'error'), once(pair.backend, 'error')]);
    await pair.clock.advance(2200);
    expect(await errors).toMatchObject([[{ code: 'ECONNRESET' }], [{ code: 'ECONNRESET' }]]);
    expect(await pair.ended).toMatchObject({ reason: 'idle-timeout', bytesFromClient: 10 });
  });

  it('has no idle limit where none is given', async () => {
    await using pair = await relayed({ bareHandles });
    await pair.clock.advance(10 * 60_000);
    expect(pair.ends).toEqual([]);
  });

  it('does not wait longer than finMs for the second end', async () => {
    await using pair = await relayed({ bareHandles, idleMs: 60_000, finMs: 5000 });
    pair.client.end('bye');
    expect(await readAll(pair.backend)).toBe('bye');
    await pair.clock.advance(4000);
    pair.backend.write('more');
    pair.client.resume();
    await once(pair.client, 'data');
    await pair.clock.advance(4000);
    expect(pair.ends).toEqual([]);
    await pair.clock.advance(1200);
    expect(await pair.ended).toMatchObject({ reason: 'fin-timeout' });
  });

  it('leaves a client what the kernel has for it, where all was sent and finMs is over', async () => {
    await using pair = await relayed({ bareHandles, finMs: 5000 });
    pair.client.pause();
    pair.backend.end('x'.repeat(MB));
    pair.client.write('more to come');
    await once(pair.backend, 'data');
    while (pair.toClient.pending > 0 || pair.toClient.writable) await new Promise(setImmediate);
    // It has not ended by itself, so to the backend it is cut off.
    const cutOff = expect(once(pair.backend, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await pair.clock.advance(5200);
    expect(await pair.ended).toMatchObject({ reason: 'fin-timeout', bytesFromBackend: MB });
    pair.client.resume();
    expect(await readAll(pair.client)).toHaveLength(MB);
    await cutOff;
  });

  it('cuts off both sides when it is aborted, once', async () => {
    await using pair = await relayed({ bareHandles });
    pair.client.resume();
    pair.backend.resume();
    pair.relay.abort();
    pair.relay.abort();
    const errors = await Promise.all([once(pair.client, 'error'), once(pair.backend, 'error')]);
    expect(errors).toMatchObject([[{ code: 'ECONNRESET' }], [{ code: 'ECONNRESET' }]]);
    expect(await pair.ended).toMatchObject({ reason: 'aborted' });
    pair.relay.abort();
    expect(pair.ends).toHaveLength(1);
  });

  it('leaves nothing behind when it has ended', async () => {
    await using pair = await relayed({ bareHandles, idleMs: 1000 });
    expect(pair.clock.pending).toBe(1);
    pair.client.end();
    pair.backend.end();
    pair.client.resume();
    pair.backend.resume();
    await pair.ended;
    expect(pair.clock.pending).toBe(0);
    expect(pair.buffers.leased).toBe(0);
    expect([pair.toClient.destroyed, pair.toBackend.destroyed]).toEqual([true, true]);
  });
});

describe('A relay', () => {
  it('holds one read at the most while bytes flow, and nothing when they have stopped', async () => {
    await using pair = await relayed();
    const { promise: whole, resolve } = deferred();
    let received = 0;
    let leasedMost = 0;
    pair.client.on('data', (chunk: Buffer) => {
      received += chunk.length;
      leasedMost = Math.max(leasedMost, pair.buffers.leased);
      if (received === 20 * MB + 4) resolve();
    });
    pair.backend.write(Buffer.alloc(20 * MB));
    // Something short comes last, but for the rare length that fills buffers to the brim.
    pair.backend.write('done');
    await whole;
    expect(leasedMost).toBeLessThanOrEqual(pair.buffers.shared.length / 65_536);
    expect(pair.buffers.leased).toBe(0);
    expect(pair.ends).toEqual([]);
  });
});

/** Writes on and on, one piece after the other, as fast as the kernel takes them. */
class EndlessSender {
  #taken = 0;

  constructor(socket: Socket) {
    const piece = Buffer.alloc(65_536);
    const write = (): void => {
      socket.write(piece, (error) => {
        if (error) return;
        this.#taken += piece.length;
        write();
      });
    };
    write();
  }

  /** Resolves when nothing was taken for many turns of the event loop. @returns the bytes taken until then */
  async stalled(): Promise<number> {
    for (let turns = 0, before = -1; turns < 200; turns++) {
      if (this.#taken !== before) turns = 0;
      before = this.#taken;
      await new Promise(setImmediate);
    }
    return this.#taken;
  }
}

describe('A relay without half-closed connections', () => {
  it.each(['client', 'backend'] as const)('closes both sides when its %s ends, after the last byte', async (first) => {
    await using pair = await relayed({ halfClose: false });
    const ending = pair[first];
    const other = first === 'client' ? pair.backend : pair.client;
    ending.end(Buffer.alloc(300_000, 'x'));
    let received = 0;
    for await (const chunk of other) received += Buffer.byteLength(chunk);
    expect(received).toBe(300_000);
    expect(await pair.ended).toMatchObject({ reason: 'completed', error: undefined });
  });
});

it('A relay that is too old ends, though bytes move', async () => {
  await using pair = await relayed({ sessionMs: 1000, idleMs: 800 });
  await pair.clock.advance(700);
  pair.client.write('x');
  await once(pair.backend, 'data');
  await pair.clock.advance(400);
  expect(await pair.ended).toMatchObject({ reason: 'session-timeout', bytesFromClient: 1 });
});

it('A relay may have an age alone', async () => {
  await using pair = await relayed({ sessionMs: 1000 });
  await pair.clock.advance(900);
  expect(pair.ends).toEqual([]);
  await pair.clock.advance(200);
  expect(await pair.ended).toMatchObject({ reason: 'session-timeout' });
});

it.each(['client', 'backend'] as const)(
  'A reset right behind the last bytes of a %s that has been told the end of the other side is no end',
  async (side) => {
    await using pair = await relayed();
    const [cutsOff, ends] = side === 'client' ? [pair.client, pair.backend] : [pair.backend, pair.client];
    ends.end('that is all');
    cutsOff.resume();
    await once(cutsOff, 'end');
    const received: string[] = [];
    ends.on('data', (chunk) => received.push(String(chunk)));
    cutsOff.write('part of an answer');
    cutsOff.resetAndDestroy();
    expect(await once(ends, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await pair.ended).toMatchObject({ reason: `${side}-reset`, error: { code: 'ECONNRESET' } });
    expect('part of an answer'.startsWith(received.join(''))).toBe(true);
  },
);
