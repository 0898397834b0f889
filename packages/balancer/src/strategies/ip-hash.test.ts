import type { Strategy } from '@millpond/contracts';
import { pickContext, pluginContext, seededRandom, strategyConformance, testCandidate } from '@millpond/testkit';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipHash } from './ip-hash.ts';

strategyConformance({ test, plugin: ipHash });

async function ipHashOf(candidates: Parameters<Strategy['update']>[0]): Promise<Strategy> {
  const strategy = await ipHash.create({}, pluginContext());
  strategy.update(candidates);
  return strategy;
}

const clients = Array.from({ length: 3000 }, (_, index) =>
  pickContext({ clientAddress: `10.${index >> 8}.${index & 255}.7` }),
);
const everyone = Array.from({ length: 8 }, (_, index) => testCandidate(`http://10.0.0.${index + 1}:80`));

describe('a client', () => {
  test('stays with its backend', async () => {
    const strategy = await ipHashOf(everyone);
    for (const client of clients.slice(0, 100)) {
      const picked = strategy.pick(client);
      for (let i = 0; i < 3; i += 1) expect(strategy.pick(client)).toBe(picked);
    }
  });

  test('is known by its id before its address', async () => {
    const strategy = await ipHashOf(everyone);
    const byId = strategy.pick(pickContext({ clientId: 'me' }));
    for (const { clientAddress } of clients.slice(0, 50)) {
      if (clientAddress === undefined) continue;
      expect(strategy.pick(pickContext({ clientId: 'me', clientAddress }))).toBe(byId);
    }
  });

  test('is the same whether its IPv4 address came over a socket of IPv4 or of both families', async () => {
    const strategy = await ipHashOf(everyone);
    for (const client of clients.slice(0, 50)) {
      const mapped = pickContext({ clientAddress: `::ffff:${client.clientAddress}` });
      expect(strategy.pick(mapped)).toBe(strategy.pick(client));
    }
  });

  test('of which nothing is known goes to any', async () => {
    const strategy = await ipHashOf(everyone);
    const picked = new Set(Array.from({ length: 200 }, () => strategy.pick(pickContext())));
    expect(picked.size).toBe(everyone.length);
  });

  test('goes to the same other backend whenever its own was tried already', async () => {
    const strategy = await ipHashOf(everyone);
    for (const { clientAddress } of clients.slice(0, 50)) {
      if (clientAddress === undefined) continue;
      const first = strategy.pick(pickContext({ clientAddress })) ?? expect.fail('nothing was picked');
      const second = strategy.pick(pickContext({ clientAddress, tried: [first] }));
      expect(second).not.toBe(first);
      strategy.update(everyone.filter((candidate) => candidate !== first));
      expect(strategy.pick(pickContext({ clientAddress }))).toBe(second);
      strategy.update(everyone);
    }
  });

  test('goes to the same backend in another process', async () => {
    const strategy = await ipHashOf(everyone);
    const picks = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '10.1.2.3'].map(
      (clientAddress) => strategy.pick(pickContext({ clientAddress }))?.id,
    );
    // Written down here on purpose: a new version that hashes in another way would move every client.
    expect(picks).toMatchInlineSnapshot(`
      [
        "http://10.0.0.7:80",
        "http://10.0.0.5:80",
        "http://10.0.0.6:80",
        "http://10.0.0.6:80",
      ]
    `);
  });
});

describe('a change of the set', () => {
  test('moves only clients of the backend that has gone, and to it when it comes back', async () => {
    const sets = fc.shuffledSubarray(everyone, { minLength: 2 });
    await fc.assert(
      fc.asyncProperty(sets, async (set) => {
        const [gone, ...staying] = set;
        const strategy = await ipHashOf(set);
        const before = clients.map((client) => strategy.pick(client));
        strategy.update(staying);
        const after = clients.map((client) => strategy.pick(client));
        for (const [index, picked] of before.entries()) {
          if (picked === gone) expect(staying).toContain(after[index]);
          else expect(after[index]).toBe(picked);
        }
        strategy.update(set.toReversed());
        expect(clients.map((client) => strategy.pick(client))).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  test('of a weight moves clients only to or from that backend', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 100 }), async (weight) => {
        const [first, ...others] = everyone;
        const strategy = await ipHashOf(everyone);
        const before = clients.map((client) => strategy.pick(client));
        const heavier = testCandidate(first?.id ?? '', { weight });
        strategy.update([heavier, ...others]);
        for (const [index, client] of clients.entries()) {
          const after = strategy.pick(client);
          if (after !== heavier) expect(after).toBe(before[index]);
        }
      }),
      { numRuns: 10 },
    );
  });
});

test('shares follow the weights', async () => {
  const weights = [1, 2, 3, 4];
  const candidates = weights.map((weight, index) => testCandidate(`http://10.0.0.${index + 1}:80`, { weight }));
  const strategy = await ipHashOf(candidates);
  const random = seededRandom(5);
  const counts = new Map<string | undefined, number>();
  const requests = 50_000;
  for (let i = 0; i < requests; i += 1) {
    const id = strategy.pick(pickContext({ clientId: String(random()) }))?.id;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  for (const { id, weight } of candidates) {
    const chance = weight / 10;
    const deviation = Math.sqrt(requests * chance * (1 - chance));
    expect(Math.abs((counts.get(id) ?? 0) - requests * chance)).toBeLessThan(4 * deviation);
  }
});
