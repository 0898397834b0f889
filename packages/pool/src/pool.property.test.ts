import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { setUp, track } from '../test/pool-fixture.ts';
import type { Thing } from '../test/pool-fixture.ts';
import type { PoolLease, PoolOptions } from './index.ts';

/** What may happen to a pool; numbers choose among what there is at that moment. */
type Action =
  | { readonly type: 'acquire' | 'tryAcquire' | 'evictOdd' }
  | { readonly type: 'release' | 'destroy' | 'replace' | 'abort' | 'die' | 'succeed' | 'fail'; readonly which: number }
  | { readonly type: 'warm'; readonly count: number }
  | { readonly type: 'pass'; readonly ms: number };

const which = fc.nat(20);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('acquire') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('tryAcquire', 'evictOdd') }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('release', 'succeed'), which }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('destroy', 'replace', 'abort', 'die', 'fail'), which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('warm'), count: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.constantFrom(1, 40, 120, 350, 6000) }) },
);

/** An action, and how many promise callbacks may run before the next one; undefined is all of them. */
const anyStep = fc.record({ action: anyAction, hops: fc.option(fc.nat(24), { nil: undefined, freq: 1 }) });

const limits = fc.nat(3).chain((spare) => fc.record({ max: fc.constant(spare + 1), maxIdle: fc.nat(spare + 1) }));
const options: fc.Arbitrary<Required<PoolOptions>> = limits.chain(({ max, maxIdle }) =>
  fc.record({
    max: fc.constant(max),
    maxIdle: fc.constant(maxIdle),
    minIdle: fc.oneof(fc.constant(0), fc.nat(maxIdle)),
    maxWaiting: fc.constantFrom(0, 2, 100),
    acquireTimeoutMs: fc.constantFrom(0, 200),
    createTimeoutMs: fc.constantFrom(0, 150),
    idleTimeoutMs: fc.constantFrom(0, 300),
    maxLifetimeMs: fc.constantFrom(0, 1000),
    dialDelayMs: fc.constantFrom(0, 0, 30),
    order: fc.constantFrom('lifo', 'fifo'),
  }),
);

type Validation = 'none' | 'at once' | 'later';
const validation = fc.constantFrom<Validation>('none', 'at once', 'later');

/** One pool, everyone who deals with it, and what must always be true of them. */
class World {
  readonly #options: Required<PoolOptions>;
  readonly #world: ReturnType<typeof setUp>;
  readonly #leases: PoolLease<Thing>[] = [];
  readonly #waits: { readonly wait: ReturnType<typeof track<PoolLease<Thing>>>; readonly abort: AbortController }[] =
    [];
  readonly #replacements: ReturnType<typeof track<PoolLease<Thing>>>[] = [];
  readonly #dead = new Set<Thing>();
  #latestServed = -1;

  constructor(poolOptions: Required<PoolOptions>, whenValidated: Validation) {
    const isValid = ({ id }: Thing) => id % 5 !== 0;
    const validate = whenValidated === 'at once' ? isValid : async (thing: Thing) => isValid(thing);
    this.#options = poolOptions;
    this.#world = setUp(poolOptions, { isHeld: true, ...(whenValidated === 'none' ? {} : { validate }) });
  }

  async run(action: Action, hops: number | undefined): Promise<void> {
    this.#take(action);
    if (hops === undefined || action.type === 'pass') {
      await this.#world.clock.advance(action.type === 'pass' ? action.ms : 0);
      this.#collect();
      this.#checkAtRest();
    } else {
      // oxlint-disable-next-line no-await-in-loop -- to get in between what the pool does in one go
      for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
    }
    this.#check();
  }

  #take(action: Action): void {
    const { pool, factory } = this.#world;
    switch (action.type) {
      case 'acquire': {
        const abort = new AbortController();
        this.#waits.push({ wait: track(pool.acquire({ signal: abort.signal })), abort });
        break;
      }
      case 'tryAcquire': {
        const lease = pool.tryAcquire();
        if (lease !== undefined) this.#leases.push(lease);
        break;
      }
      case 'release':
        this.#giveBack(action.which)?.release();
        break;
      case 'destroy':
        this.#giveBack(action.which)?.destroy();
        break;
      case 'replace': {
        const lease = this.#giveBack(action.which);
        if (lease !== undefined) this.#replacements.push(track(lease.replace()));
        break;
      }
      case 'abort':
        choose(this.#waits, action.which)?.abort.abort();
        break;
      case 'die':
        this.#kill(choose([...factory.open], action.which));
        break;
      case 'succeed':
        remove(factory.creations, action.which)?.succeed();
        break;
      case 'fail':
        remove(factory.creations, action.which)?.fail(new Error('refused'));
        break;
      case 'evictOdd':
        pool.evict(({ id }) => id % 2 === 1);
        break;
      case 'warm':
        void track(pool.warm(action.count));
        break;
      case 'pass':
    }
  }

  #kill(thing: Thing | undefined): void {
    if (thing === undefined) return;
    this.#dead.add(thing);
    thing.die();
  }

  /** Ends a lease; every other time it is ended twice. */
  #giveBack(number: number): PoolLease<Thing> | undefined {
    const lease = remove(this.#leases, number);
    if (lease !== undefined && number % 2 === 1) queueMicrotask(() => lease.release());
    return lease;
  }

  /** Takes over the leases that have been granted since. */
  #collect(): void {
    for (const [index, { wait }] of this.#waits.entries()) {
      if (wait.value === undefined) continue;
      this.#leases.push(wait.value);
      delete wait.value;
      expect(index, 'waiters are served in order').toBeGreaterThan(this.#latestServed);
      this.#latestServed = index;
    }
    for (const replacement of this.#replacements) {
      if (replacement.value !== undefined) this.#leases.push(replacement.value);
      delete replacement.value;
    }
  }

  /** What is true at any moment. */
  #check(): void {
    const { pool, factory } = this.#world;
    const { max, maxIdle } = this.#options;
    const { size, active, idle, pending, creating } = pool.stats();
    const lent = this.#leases.map(({ value }) => value);

    expect(new Set(lent).size, 'nothing is lent twice').toBe(lent.length);
    expect(
      lent.every((thing) => factory.open.has(thing)),
      'nothing closed is lent',
    ).toBe(true);
    expect(size + creating, 'never more than max').toBeLessThanOrEqual(max);
    expect(idle, 'never more idle than maxIdle, but for waiters').toBeLessThanOrEqual(maxIdle + pending);
    expect(idle + active).toBe(size);
  }

  /** What is true when nothing is left to do until somebody acts or time passes. */
  #checkAtRest(): void {
    const { pool, factory } = this.#world;
    const { max, minIdle, maxIdle, dialDelayMs } = this.#options;
    const { size, active, idle, pending, creating, ...stats } = pool.stats();
    const replacing = this.#replacements.filter(({ state }) => state === 'pending').length;

    const lent = this.#leases.map(({ value }) => value);
    const rotting = [...factory.open].filter((thing) => this.#dead.has(thing) && !lent.includes(thing));

    expect(rotting, 'nothing dead is kept').toEqual([]);
    expect(idle, 'never more idle than maxIdle').toBeLessThanOrEqual(maxIdle);
    expect(active, 'no place is lost').toBe(this.#leases.length + replacing);
    expect(factory.open.size, 'the factory has open what the pool has').toBe(size - replacing);
    expect(
      this.#waits.filter(({ wait }) => wait.state === 'pending'),
      'no waiter is lost',
    ).toHaveLength(pending);
    if (pending > 0) {
      expect(idle, 'nobody waits while something is idle').toBe(0);
      if (dialDelayMs === 0 && creating < pending) expect(size + creating, 'nobody waits for nothing').toBe(max);
    }
    if (minIdle > 0 && stats.createFailures === 0 && stats.destroyed.died === 0 && pending === 0) {
      expect(idle + creating, 'minIdle is kept').toBeGreaterThanOrEqual(Math.min(minIdle, max - active));
    }
  }

  /** Ends everything, and looks whether anything is left. */
  async end(isGraceful: boolean): Promise<void> {
    const { pool, factory, clock } = this.#world;
    const done = track(pool.drain({ timeoutMs: isGraceful ? 60_000 : 0 }));
    if (isGraceful) await this.#finish();
    await clock.advance(0);
    for (const creation of factory.creations.splice(0)) creation.succeed();
    await clock.advance(0);
    for (const lease of this.#leases) lease.release();

    expect(done.state).toBe('fulfilled');
    expect(this.#waits.filter(({ wait }) => wait.state === 'pending')).toEqual([]);
    expect(this.#replacements.filter(({ state }) => state === 'pending')).toEqual([]);
    expect([...factory.open], 'everything is closed').toEqual([]);
    expect(clock.pending, 'no timer is left').toBe(0);
    const { size, active, idle, pending, creating, created, destroyed } = pool.stats();
    expect({ size, active, idle, pending, creating }).toEqual({ size: 0, active: 0, idle: 0, pending: 0, creating: 0 });
    expect(Object.values(destroyed).reduce((sum, count) => sum + count)).toBe(created);
  }

  /** Lets everybody who waits have their turn. */
  async #finish(): Promise<void> {
    const { pool, factory, clock } = this.#world;
    while (pool.stats().pending > 0 || this.#leases.length > 0 || factory.creations.length > 0) {
      for (const lease of this.#leases.splice(0)) lease.release();
      for (const creation of factory.creations.splice(0)) creation.succeed();
      // oxlint-disable-next-line no-await-in-loop -- one round of waiters after the other
      await clock.advance(this.#options.dialDelayMs);
      this.#collect();
    }
  }
}

function choose<E>(list: readonly E[], number: number): E | undefined {
  return list[number % Math.max(list.length, 1)];
}

function remove<E>(list: E[], number: number): E | undefined {
  return list.splice(number % Math.max(list.length, 1), 1)[0];
}

it('holds what it promises, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      validation,
      fc.array(anyStep, { maxLength: 60, size: 'max' }),
      fc.boolean(),
      async (poolOptions, whenValidated, steps, isGraceful) => {
        const world = new World(poolOptions, whenValidated);
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
        for (const { action: next, hops } of steps) await world.run(next, hops);
        // Whatever was cut short comes to rest.
        await world.run({ type: 'pass', ms: 0 }, undefined);
        await world.end(isGraceful);
      },
    ),
    { numRuns: 500 },
  );
}, 30_000);
