import { describe, expect, it } from 'vitest';

import type { Backend, Discovery } from '@millpond/contracts';

import { backend, createRoundRobin, request, startFakeUpstream, type FakeUpstream } from '../test/fixtures.ts';
import { untilCool } from '../test/rounds.ts';

/** A discovery whose lists the test gives. */
class GivenDiscovery implements Discovery {
  isWatched = false;
  readonly #lists: (readonly Backend[] | Error)[] = [];
  #wake: () => void = () => {};

  give(...list: (string | Backend)[]): void {
    this.#add(list.map((given) => (typeof given === 'string' ? backend(given) : given)));
  }

  fail(error: Error): void {
    this.#add(error);
  }

  async *watch({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<readonly Backend[]> {
    this.isWatched = true;
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const list = this.#lists.shift();
      if (list instanceof Error) throw list;
      if (list !== undefined) yield list;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.isWatched = false;
  }

  #add(list: readonly Backend[] | Error): void {
    this.#lists.push(list);
    this.#wake();
  }
}

function ids({ upstream }: FakeUpstream): string[] {
  return upstream.backends().map(({ id }) => id);
}

async function startDiscovered(...first: (string | Backend)[]) {
  const discovery = new GivenDiscovery();
  discovery.give(...first);
  const errors: unknown[] = [];
  const fake = await startFakeUpstream({
    backends: [],
    discovery,
    logger: { error: (fields) => errors.push(fields) },
  });
  return { ...fake, discovery, errors };
}

describe('Upstream, with a discovery', () => {
  it('has the first list once it is started', async () => {
    const fake = await startDiscovered('a', 'b');

    expect(ids(fake)).toEqual(['a', 'b']);

    await fake.upstream.close();
    await untilCool();
    expect(fake.discovery.isWatched).toBe(false);
  });

  it('fails to start when the first list cannot be had', async () => {
    const discovery = new GivenDiscovery();
    discovery.fail(new Error('no such name'));

    await expect(startFakeUpstream({ backends: [], discovery })).rejects.toThrow('no such name');
  });

  it('adds what is new, and lets what is missing finish before it goes', async () => {
    const fake = await startDiscovered('a');
    const lease = await fake.upstream.acquire(request);

    fake.discovery.give('b');
    await untilCool();
    expect(ids(fake)).toEqual(['b']);
    expect(lease.connection.isClosed).toBe(false);
    lease.release('completed', 0, 0);
    await untilCool();

    expect(lease.connection.isClosed).toBe(true);
    await fake.upstream.close();
  });

  it('changes a weight in place, so that connections and figures stay', async () => {
    const fake = await startDiscovered('a', 'b');
    const lease = await fake.upstream.acquire(request);
    lease.release('completed', 0, 0);

    fake.discovery.give(backend('a', { weight: 0 }), backend('b', { weight: 5 }));
    await untilCool();

    expect(fake.upstream.backends()).toMatchObject([
      { id: 'a', weight: 0, requests: 1, pool: { idle: 1 } },
      { id: 'b', weight: 5 },
    ]);
    expect((await fake.upstream.acquire(request)).backend.id).toBe('b');
    expect((await fake.upstream.acquire(request)).backend.id).toBe('b');
    await fake.upstream.close({ timeoutMs: 0 });
  });

  it.each([
    ['address', { address: { host: 'elsewhere', port: 80 } }],
    ['url', { url: 'http://elsewhere' }],
    ['priority', { priority: 1 }],
  ])('takes a backend whose %s has changed for another one', async (_what, change) => {
    const fake = await startDiscovered('a');
    const before = await fake.upstream.acquire(request);
    before.release('completed', 0, 0);

    fake.discovery.give(backend('a', change));
    await untilCool();
    const after = await fake.upstream.acquire(request);

    expect(after.backend).toMatchObject({ id: 'a', ...change });
    expect(after.reused).toBe(false);
    expect(before.connection.isClosed).toBe(true);
    expect(fake.upstream.backends()).toMatchObject([{ requests: 1 }]);
    after.release('completed', 0, 0);
    await fake.upstream.close();
  });

  it('keeps what was added by hand', async () => {
    const fake = await startDiscovered('a');
    await fake.upstream.add(backend('by hand'));

    fake.discovery.give('b');
    await untilCool();

    expect(ids(fake)).toEqual(['by hand', 'b']);
    await fake.upstream.close();
  });

  it('keeps the last list when the discovery fails, and says so', async () => {
    const fake = await startDiscovered('a');

    fake.discovery.fail(new Error('no such name'));
    await untilCool();

    expect(ids(fake)).toEqual(['a']);
    expect(fake.errors).toEqual([{ upstream: 'test', err: new Error('no such name') }]);
    await fake.upstream.close();
  });

  it('goes on with the next list when one cannot be applied', async () => {
    const discovery = new GivenDiscovery();
    discovery.give('a');
    let creations = 0;
    const fake = await startFakeUpstream({
      backends: [],
      discovery,
      createStrategy: () => {
        creations += 1;
        if (creations === 2) throw new Error('no strategy');
        return createRoundRobin();
      },
    });

    discovery.give(backend('b', { priority: 1 }));
    discovery.give('c');
    await untilCool();

    expect(ids(fake)).toEqual(['c']);
    await fake.upstream.close();
  });
});

describe('Upstream, changed while it runs', () => {
  it('uses a backend that was added, and refuses its id a second time', async () => {
    const fake = await startFakeUpstream({ backends: [] });

    await fake.upstream.add(backend('a'));
    const lease = await fake.upstream.acquire(request);

    expect(lease.backend.id).toBe('a');
    await expect(fake.upstream.add(backend('a'))).rejects.toMatchObject({ code: 'ERR_UPSTREAM_DUPLICATE_BACKEND' });
    lease.release('completed', 0, 0);
    await fake.upstream.close();
    await expect(fake.upstream.add(backend('b'))).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' });
  });

  it('begins nothing on a backend that is removed, and is done when what was under way has finished', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'] });
    const lease = await fake.upstream.acquire(request);
    let isGone = false;

    const removal = fake.upstream.remove('a').then(() => (isGone = true));
    for (let i = 0; i < 3; i += 1) {
      const other = await fake.upstream.acquire(request);
      expect(other.backend.id).toBe('b');
      other.release('completed', 0, 0);
    }
    await untilCool();
    expect(isGone).toBe(false);
    expect(ids(fake)).toEqual(['b']);
    lease.release('completed', 0, 0);
    await removal;

    expect(lease.connection.isClosed).toBe(true);
    await fake.upstream.close();
  });

  it('cuts off what has not finished at the deadline, and tells of its end before that of the backend', async () => {
    const events: string[] = [];
    const fake = await startFakeUpstream({
      backends: ['a'],
      observer: {
        backendAdded: ({ backend: { id } }) => void events.push(`${id} added`),
        backendRemoved: ({ backend: { id } }) => void events.push(`${id} removed`),
        exchangeEnded: (_ref, { result }) => void events.push(result),
      },
    });
    const lease = await fake.upstream.acquire(request);

    const removal = fake.upstream.remove('a', { timeoutMs: 100 });
    await fake.clock.advance(100);
    await removal;
    expect(lease.connection.isClosed).toBe(true);
    lease.release('reset', 0, 0);

    expect(events).toEqual(['a added', 'reset', 'a removed']);
    await fake.upstream.close();
  });

  it('moves who waits for a backend elsewhere when that is removed', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'], pool: { max: 1 } });
    const leases = [await fake.upstream.acquire(request), await fake.upstream.acquire(request)];
    const waiting = fake.upstream.acquire(request);

    const removal = fake.upstream.remove('a');
    for (const lease of leases) lease.release('completed', 0, 0);
    const moved = await waiting;
    expect(moved.backend.id).toBe('b');
    moved.release('completed', 0, 0);

    await removal;
    await fake.upstream.close();
  });

  it('sends nothing new to a backend in drain, and uses it again when it is ready', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const lease = await fake.upstream.acquire(request);

    fake.upstream.setState('a', 'drain');
    expect(fake.upstream.backends()).toMatchObject([{ state: 'drain', operatorState: 'drain', usable: false }]);
    await expect(fake.upstream.acquire(request)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_UNAVAILABLE' });
    lease.release('completed', 0, 0);
    await untilCool();
    expect(fake.transport.open).toEqual([]);
    fake.upstream.setState('a', 'ready');

    (await fake.upstream.acquire(request)).release('completed', 0, 0);
    await fake.upstream.close();
  });

  it('sends nothing new to a backend of weight 0', async () => {
    const fake = await startFakeUpstream({ backends: ['a', 'b'] });
    fake.upstream.setWeight('a', 0);
    const lease = await fake.upstream.acquire(request);

    expect(lease.backend.id).toBe('b');
    expect(fake.upstream.stats().usable).toBe(1);
    expect(() => fake.upstream.setWeight('a', -1)).toThrow(
      expect.objectContaining({ code: 'ERR_UPSTREAM_INVALID_OPTION' }),
    );
    lease.release('completed', 0, 0);
    await fake.upstream.close();
  });

  it('names a backend that it does not have', async () => {
    const fake = await startFakeUpstream({ backends: ['a'] });
    const unknown = { code: 'ERR_UPSTREAM_UNKNOWN_BACKEND' };

    await expect(fake.upstream.remove('z')).rejects.toMatchObject(unknown);
    expect(() => fake.upstream.setState('z', 'drain')).toThrow(expect.objectContaining(unknown));
    expect(() => fake.upstream.setWeight('z', 1)).toThrow(expect.objectContaining(unknown));
    await fake.upstream.close();
  });
});
