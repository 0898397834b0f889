import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers';
import { promisify } from 'node:util';
import type { Candidate, ExchangeResult, Plugin, Random, Strategy } from '@millpond/contracts';
import { API_VERSION } from '@millpond/contracts';
import { bytesPerCall } from './allocation.ts';
import { pickContext } from './pick-context.ts';
import { seededRandom } from './seeded-random.ts';
import { anyClient, candidatesOfWeights, disturb, outcomeOf, shuffled } from './strategy-fixtures.ts';
import { testCandidate } from './test-candidate.ts';
import type { TestCandidate } from './test-candidate.ts';
import { WatchedContext } from './watched-context.ts';

/** Names of what every strategy owes its host; {@link strategyConformance} checks them one by one. */
export type StrategyDuty =
  | 'definition'
  | 'strict-options'
  | 'empty-set'
  | 'only-members'
  | 'all-tried'
  | 'unknown-client'
  | 'reaches-all'
  | 'read-only'
  | 'borrowed-context'
  | 'any-outcome'
  | 'no-allocation';

/** A duty in words, and how it is checked on a fresh strategy. */
export interface Duty {
  readonly name: StrategyDuty;
  readonly sentence: string;
  check(strategy: Strategy, plugin: Plugin<'strategy'>): void | Promise<void>;
}

const RESULTS: readonly ExchangeResult[] = [
  'completed',
  'connect-failed',
  'stale',
  'reset',
  'timeout',
  'bad-response',
  'aborted',
];

/** A number that a compiled function had to box takes 16 bytes; the smallest object that says anything takes 24. */
const MAX_BYTES_PER_PICK = 20;

const nextTurn = promisify(setImmediate);

/** In the order in which they are checked: from the definition to the finer points. */
export const duties: readonly Duty[] = [
  {
    name: 'definition',
    sentence: 'is a strategy for this API version with a kebab-case name',
    check(_strategy, plugin) {
      assert.equal(plugin.kind, 'strategy');
      assert.match(plugin.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      assert.equal(plugin.apiVersion, API_VERSION);
    },
  },
  {
    name: 'strict-options',
    sentence: 'refuses options that it does not know',
    async check(_strategy, plugin) {
      const result = await plugin.options['~standard'].validate({ 'no-such-option': true });
      assert.ok(result.issues !== undefined, 'the options { "no-such-option": true } were accepted');
    },
  },
  {
    name: 'empty-set',
    sentence: 'picks nothing from an empty set, and goes on when there is something again',
    check(strategy) {
      const only = testCandidate('a');
      for (const candidates of [[], [only], [], [only]]) {
        strategy.update(candidates);
        assert.equal(strategy.pick(pickContext()), candidates[0]);
      }
    },
  },
  {
    name: 'only-members',
    sentence: 'picks a member of the last update at once, while the set grows, shrinks and changes its figures',
    check(strategy) {
      const random = seededRandom(7);
      const everyone = candidatesOfWeights(1, 2, 3, 5, 8, 13, 21, 100);
      for (let round = 0; round < 300; round += 1) {
        const members = shuffled(everyone, random).slice(0, 1 + Math.floor(random() * everyone.length));
        for (const member of members) disturb(member, random);
        strategy.update(members);
        for (let i = 0; i < 10; i += 1) assertMember(strategy.pick(anyClient(random)), members);
      }
    },
  },
  {
    name: 'all-tried',
    sentence: 'picks a member even if the request has been tried on all of them',
    check(strategy) {
      const members = candidatesOfWeights(1, 2, 3);
      strategy.update(members);
      for (let i = 0; i < 10; i += 1) assertMember(strategy.pick(pickContext({ tried: members })), members);
    },
  },
  {
    name: 'unknown-client',
    sentence: 'picks for a client of which nothing is known, and for odd ones',
    check(strategy) {
      const members = candidatesOfWeights(1, 2, 3);
      strategy.update(members);
      const oddOnes = [{}, { clientAddress: '' }, { clientId: '' }, { clientAddress: '::1', clientId: 'ü\u{1F600}\0' }];
      for (const client of oddOnes) assertMember(strategy.pick(pickContext(client)), members);
    },
  },
  {
    name: 'reaches-all',
    sentence: 'reaches every member in the long run',
    check(strategy) {
      const random = seededRandom(11);
      const members = candidatesOfWeights(1, 2, 3, 4, 5);
      const reached = new Set<Candidate>();
      const inFlight: TestCandidate[] = [];
      strategy.update(members);
      for (let i = 0; i < 5000; i += 1) {
        const picked = memberOf(strategy.pick(anyClient(random)), members);
        reached.add(picked);
        picked.active += 1;
        inFlight.push(picked);
        if (inFlight.length > 10) finishOne(strategy, inFlight, random);
      }
      const missed = members.filter((member) => !reached.has(member)).map((member) => member.id);
      assert.deepEqual(missed, [], `never picked in 5000 requests: ${missed.join(', ')}`);
    },
  },
  {
    name: 'read-only',
    sentence: 'changes neither the array of an update nor the candidates in it',
    check(strategy) {
      const members = Object.freeze(candidatesOfWeights(3, 1, 2).map((candidate) => Object.freeze(candidate)));
      strategy.update(members);
      for (let i = 0; i < 100; i += 1) assertMember(strategy.pick(pickContext()), members);
    },
  },
  {
    name: 'borrowed-context',
    sentence: 'reads the context during the pick only',
    async check(strategy) {
      const members = candidatesOfWeights(1, 2);
      const context = new WatchedContext();
      strategy.update(members);
      for (let i = 0; i < 10; i += 1) {
        context.lend((lent) => assertMember(strategy.pick(lent), members));
        for (const member of members) strategy.report?.(member, outcomeOf('completed'));
        strategy.update(members);
      }
      await nextTurn();
      assert.deepEqual(context.misuses, [], `read after the pick: ${context.misuses.join(', ')}`);
    },
  },
  {
    name: 'any-outcome',
    sentence: 'takes any outcome, also of a candidate that has left',
    check(strategy) {
      const random = seededRandom(13);
      const left = testCandidate('left');
      const members = candidatesOfWeights(1, 2, 3);
      strategy.update([...members, left]);
      for (let i = 0; i < 100; i += 1) {
        if (i === 50) strategy.update(members);
        for (const result of RESULTS) {
          for (const candidate of [...members, left]) strategy.report?.(candidate, outcomeOf(result));
          if (i >= 50) assertMember(strategy.pick(anyClient(random)), members);
        }
      }
    },
  },
  {
    name: 'no-allocation',
    sentence: 'allocates nothing per pick',
    async check(strategy) {
      strategy.update(candidatesOfWeights(1, 2, 3, 4, 5, 6, 7, 8));
      const context = pickContext({ clientAddress: '192.0.2.1' });
      const bytes = await bytesPerCall(() => void strategy.pick(context));
      assert.ok(bytes <= MAX_BYTES_PER_PICK, `${bytes.toFixed(0)} bytes are allocated by every pick`);
    },
  },
];

function finishOne(strategy: Strategy, inFlight: TestCandidate[], random: Random): void {
  const [finished] = inFlight.splice(Math.floor(random() * inFlight.length), 1);
  if (finished === undefined) return;
  finished.active -= 1;
  finished.latencyMs = 10;
  strategy.report?.(finished, outcomeOf('completed'));
}

function memberOf<C extends Candidate>(picked: unknown, members: readonly C[]): C {
  const member = members.find((candidate) => candidate === picked);
  if (member !== undefined) return member;
  const ids = members.map(({ id }) => id).join(', ');
  throw new assert.AssertionError({ message: `picked ${describe(picked)}, which is none of the last update: ${ids}` });
}

function assertMember(picked: unknown, members: readonly Candidate[]): void {
  memberOf(picked, members);
}

function describe(picked: unknown): string {
  if (picked instanceof Promise) return 'a promise';
  if (typeof picked === 'object' && picked !== null && 'id' in picked) return String(picked.id);
  return String(picked);
}
