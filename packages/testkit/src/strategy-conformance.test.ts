import { definePlugin } from '@millpond/contracts';
import type { Candidate, PickContext, Plugin, StandardSchema, Strategy } from '@millpond/contracts';
import type { test as nodeTest } from 'node:test';
import { expect, expectTypeOf, test } from 'vitest';
import { strategyConformance } from './strategy-conformance.ts';
import type { TestFunction } from './strategy-conformance.ts';

/** Accepts absent options only. */
const noOptions: StandardSchema<unknown, unknown> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      Object.keys(value ?? {}).length === 0 ? { value } : { issues: [{ message: 'there are no options' }] },
  },
};

interface SoundStrategy {
  readonly update: (candidates: readonly Candidate[]) => void;
  readonly pick: (context: PickContext) => Candidate | undefined;
}

/** Takes its candidates in turn, as it should, but for what `flaw` replaces. */
function inTurn(
  flaw: (sound: SoundStrategy) => Partial<Strategy> = () => ({}),
  overrides: Partial<Plugin<'strategy'>> = {},
) {
  const create = () => {
    let candidates: readonly Candidate[] = [];
    let next = 0;
    const sound: SoundStrategy = {
      update: (updated) => (candidates = updated),
      pick: () => {
        next = (next + 1) % Math.max(1, candidates.length);
        return candidates[next];
      },
    };
    return { ...sound, ...flaw(sound) };
  };
  return definePlugin({ kind: 'strategy', name: 'in-turn', apiVersion: 1, options: noOptions, create, ...overrides });
}

/** A runner that collects the tests instead of running them. */
function collector() {
  const bodies = new Map<string, () => void | Promise<void>>();
  const skipped: string[] = [];
  const run: TestFunction = Object.assign(
    (name: string, body: () => void | Promise<void>) => void bodies.set(name, body),
    { skip: (name: string) => void skipped.push(name) },
  );
  return { run, bodies, skipped };
}

strategyConformance({ test, plugin: inTurn() });

let kept: unknown;

const flaws: readonly [what: string, plugin: Plugin<'strategy'>, sentence: string][] = [
  [
    'is named in another way',
    inTurn(undefined, { name: 'inTurn' }),
    'is a strategy for this API version with a kebab-case name',
  ],
  [
    'takes any options',
    inTurn(undefined, { options: { '~standard': { ...noOptions['~standard'], validate: (value) => ({ value }) } } }),
    'refuses options that it does not know',
  ],
  [
    'does not notice that all have left',
    inTurn(({ update }) => ({ update: (candidates) => candidates.length > 0 && update(candidates) })),
    'picks nothing from an empty set, and goes on when there is something again',
  ],
  [
    'remembers those that have left',
    inTurn(({ update }) => {
      let most = 0;
      return {
        update(candidates) {
          if (candidates.length < most) return;
          most = candidates.length;
          update(candidates);
        },
      };
    }),
    'picks a member of the last update at once, while the set grows, shrinks and changes its figures',
  ],
  [
    'gives a promise',
    // @ts-expect-error what a plugin in JavaScript might do
    inTurn(({ pick }) => ({ pick: async (context) => pick(context) })),
    'picks a member of the last update at once, while the set grows, shrinks and changes its figures',
  ],
  [
    'gives up when all were tried',
    inTurn(({ pick }) => ({
      pick(context) {
        const picked = pick(context);
        return picked === undefined || context.tried(picked) ? undefined : picked;
      },
    })),
    'picks a member even if the request has been tried on all of them',
  ],
  [
    'needs to know the client',
    inTurn(({ pick }) => ({
      pick(context) {
        if (context.clientAddress === undefined) throw new TypeError('who is it?');
        return pick(context);
      },
    })),
    'picks for a client of which nothing is known, and for odd ones',
  ],
  [
    'has a favourite',
    inTurn(({ update }) => {
      let favourite: Candidate | undefined;
      return {
        update(candidates) {
          favourite = candidates[0];
          update(candidates);
        },
        pick: () => favourite,
      };
    }),
    'reaches every member in the long run',
  ],
  [
    'turns the array of the host round',
    inTurn(({ update }) => ({
      update(candidates) {
        if (Array.isArray(candidates)) candidates.reverse();
        update(candidates);
      },
    })),
    'changes neither the array of an update nor the candidates in it',
  ],
  [
    'keeps the context',
    inTurn(({ pick }) => ({
      pick(context) {
        queueMicrotask(() => void context.clientAddress);
        return pick(context);
      },
    })),
    'reads the context during the pick only',
  ],
  [
    'chokes on outcomes of strangers',
    inTurn(({ update }) => {
      let members: readonly Candidate[] = [];
      return {
        update(candidates) {
          members = candidates;
          update(candidates);
        },
        report(candidate) {
          if (!members.includes(candidate)) throw new Error('unknown');
        },
      };
    }),
    'takes any outcome, also of a candidate that has left',
  ],
  [
    'makes a small object per pick',
    inTurn(({ pick }) => ({
      pick(context) {
        kept = { isFirst: kept === undefined };
        return pick(context);
      },
    })),
    'allocates nothing per pick',
  ],
  [
    'makes a large array per pick',
    inTurn(({ pick }) => ({
      pick(context) {
        kept = Array.from({ length: 400 }, () => 1);
        return pick(context);
      },
    })),
    'allocates nothing per pick',
  ],
  [
    'makes an array per pick',
    inTurn(({ update }) => {
      let members: readonly Candidate[] = [];
      return {
        update(candidates) {
          members = candidates;
          update(candidates);
        },
        pick: () => members.toSorted((a, b) => a.active - b.active)[0],
      };
    }),
    'allocates nothing per pick',
  ],
];

test.each(flaws)('a strategy that %s is found out', async (_what, plugin, sentence) => {
  const { run, bodies } = collector();
  strategyConformance({ test: run, plugin });
  const body = bodies.get(`${plugin.name}: ${sentence}`) ?? expect.fail(`there is no test called ${sentence}`);
  await expect((async () => body())()).rejects.toThrow();
});

test('a duty that is skipped is not checked, and its reason is shown', () => {
  const { run, bodies, skipped } = collector();
  strategyConformance({ test: run, plugin: inTurn(), skip: { 'reaches-all': 'it has a favourite' } });
  expect(skipped).toEqual(['in-turn: reaches every member in the long run (reaches-all skipped: it has a favourite)']);
  expect([...bodies.keys()]).not.toContain('in-turn: reaches every member in the long run');
});

test('options that the strategy refuses are reported as such', async () => {
  const { run, bodies } = collector();
  strategyConformance({ test: run, plugin: inTurn(), options: { choices: 2 } });
  const [body] = bodies.values();
  await expect((async () => body?.())()).rejects.toThrow(
    'the options given to strategyConformance are refused by in-turn: there are no options',
  );
});

test('the strategy of every test is disposed of', async () => {
  let created = 0;
  let disposed = 0;
  const plugin = inTurn(() => {
    created += 1;
    return { dispose: () => (disposed += 1) };
  });
  const { run, bodies } = collector();
  strategyConformance({ test: run, plugin });
  for (const body of bodies.values()) await body();
  expect(created).toBe(bodies.size);
  expect(disposed).toBe(created);
});

test('the test functions of vitest and of node:test will do', () => {
  expectTypeOf(test).toExtend<TestFunction>();
  expectTypeOf<typeof nodeTest>().toExtend<TestFunction>();
});
