import type { CloseReason } from '@millpond/contracts';
import { ManualClock, seededRandom } from '@millpond/testkit';
import { Pool } from '../src/index.ts';
import type { Factory, PoolObserver, PoolOptions } from '../src/index.ts';

/** What the pools of these tests lend. */
export interface Thing {
  readonly id: number;
  readonly die: () => void;
}

/** A creation that a test ends by hand. */
export interface Creation {
  readonly signal: AbortSignal;
  succeed(): Thing;
  fail(error: unknown): void;
}

/** A factory that a test has in its hands. */
export class ManualFactory implements Factory<Thing> {
  /** Whether creations wait for the test to end them. */
  isHeld = false;
  /** What creations fail with, while there is something. */
  failure: unknown;
  /** Creations that wait. */
  readonly creations: Creation[] = [];
  readonly open = new Set<Thing>();
  /** What was closed and why, in order: `1 idle`. */
  readonly closed: string[] = [];
  created = 0;
  calls = 0;

  create({ signal, died }: { readonly signal: AbortSignal; readonly died: () => void }): Promise<Thing> {
    this.calls += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const make = () => {
      this.created += 1;
      const thing = { id: this.created, die: died };
      this.open.add(thing);
      return thing;
    };
    if (!this.isHeld) return Promise.resolve(make());
    return new Promise((resolve, reject) => {
      const succeed = () => {
        const thing = make();
        resolve(thing);
        return thing;
      };
      this.creations.push({ signal, succeed, fail: reject });
    });
  }

  destroy(thing: Thing, reason: CloseReason): void {
    if (!this.open.delete(thing)) throw new Error(`${thing.id} was closed twice`);
    this.closed.push(`${thing.id} ${reason}`);
  }
}

/** How {@link setUp} departs from a factory that creates at once and never fails. */
export interface SetUp extends Partial<Factory<Thing>> {
  readonly isHeld?: boolean;
  readonly failure?: unknown;
  readonly observer?: PoolObserver;
}

/** A pool on a manual clock, with a factory in hand. */
export function setUp(options: PoolOptions = {}, { isHeld = false, failure, observer = {}, ...overrides }: SetUp = {}) {
  const clock = new ManualClock();
  const manual = new ManualFactory();
  manual.isHeld = isHeld;
  manual.failure = failure;
  const factory: Factory<Thing> = {
    create: (context) => manual.create(context),
    destroy: (thing, reason) => manual.destroy(thing, reason),
    ...overrides,
  };
  const pool = new Pool(factory, options, { clock, random: seededRandom(1), observer });
  return { pool, clock, factory: manual, settle: () => clock.advance(0) };
}

/** What became of a promise, for tests that look before it is settled. */
export function track<R>(promise: Promise<R>) {
  const tracked: { state: 'pending' | 'fulfilled' | 'rejected'; value?: R; error?: unknown } = { state: 'pending' };
  promise.then(
    (value) => Object.assign(tracked, { state: 'fulfilled', value }),
    (error: unknown) => Object.assign(tracked, { state: 'rejected', error }),
  );
  return tracked;
}
