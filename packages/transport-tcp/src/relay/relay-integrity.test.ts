import { seededRandom } from '@millpond/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carelessRelay } from '../../test/careless-relay.ts';
import { READ_PATHS } from '../../test/loopback.ts';
import { relayed, type RelayedOptions } from '../../test/relayed.ts';
import { behaviour, exchange } from '../../test/traffic.ts';
import { ReadBuffers } from '../socket/read-buffers.ts';

const KB = 1024;
const MB = 1024 * KB;

interface Plan {
  readonly fromClient: number;
  readonly fromBackend: number;
  readonly maxWrite: number;
  readonly clientLaziness: number;
  readonly backendLaziness: number;
}

/** Several relays at once, both directions at once. @returns what went wrong, in words */
async function run(plans: readonly Plan[], options: RelayedOptions): Promise<string[]> {
  const wrongs = plans.map(async (plan, index) => {
    await using pair = await relayed(options);
    const random = seededRandom(index);
    const [client, backend] = await Promise.all([
      exchange(pair.client, behaviour(plan.fromClient, plan.maxWrite, plan.clientLaziness, random)),
      exchange(pair.backend, behaviour(plan.fromBackend, plan.maxWrite, plan.backendLaziness, random)),
    ]);
    const { reason, bytesFromClient, bytesFromBackend } = await pair.ended;
    return [
      client.sent === backend.received ? '' : `${index}: altered towards the backend`,
      backend.sent === client.received ? '' : `${index}: altered towards the client`,
      reason === 'completed' ? '' : `${index}: ${reason}`,
      bytesFromClient === plan.fromClient && bytesFromBackend === plan.fromBackend ? '' : `${index}: miscounted`,
    ];
  });
  return (await Promise.all(wrongs)).flat().filter((wrong) => wrong !== '');
}

/** From nothing to 50 MB, in big and small writes, eager and lazy readers. */
const PLANS: readonly Plan[] = [
  { fromClient: 0, fromBackend: 0, maxWrite: 1, clientLaziness: 0, backendLaziness: 0 },
  { fromClient: 1, fromBackend: 65_536, maxWrite: 65_536, clientLaziness: 0, backendLaziness: 0.5 },
  { fromClient: 50 * MB, fromBackend: 3 * MB, maxWrite: 512 * KB, clientLaziness: 0, backendLaziness: 0 },
  { fromClient: 2 * MB, fromBackend: 50 * MB, maxWrite: 256 * KB, clientLaziness: 0, backendLaziness: 0 },
  { fromClient: 10 * MB, fromBackend: 10 * MB, maxWrite: 128 * KB, clientLaziness: 0.3, backendLaziness: 0 },
  { fromClient: 10 * MB, fromBackend: 10 * MB, maxWrite: 128 * KB, clientLaziness: 0, backendLaziness: 0.3 },
  { fromClient: 1 * MB, fromBackend: 1 * MB, maxWrite: 4000, clientLaziness: 0.1, backendLaziness: 0.1 },
];

/** Plain sockets by either way to read, and TLS on one side or both. */
const PATHS: readonly { readonly path: string; readonly how: Pick<RelayedOptions, 'bareHandles' | 'encrypted'> }[] = [
  ...READ_PATHS.map(({ path, bareHandles }) => ({ path, how: { bareHandles } })),
  { path: 'TLS from clients', how: { encrypted: ['client'] } },
  { path: 'TLS from backends', how: { encrypted: ['backend'] } },
  { path: 'TLS from both', how: { encrypted: ['client', 'backend'] } },
];

describe.each(PATHS)('Relays that read by $path', ({ how }) => {
  it('alter, lose and add no byte, and hold no buffer when they have ended', { timeout: 30_000 }, async () => {
    const buffers = new ReadBuffers();
    expect(await run(PLANS, { buffers, ...how })).toEqual([]);
    expect(buffers.leased).toBe(0);
  });

  it('do so whatever the sizes and the pace', { timeout: 30_000 }, async () => {
    const bytes = fc.integer({ min: 0, max: 400 * KB });
    const laziness = fc.constantFrom(0, 0.2, 0.8);
    const plan = fc.record({
      fromClient: bytes,
      fromBackend: bytes,
      maxWrite: fc.constantFrom(1000, 16 * KB, 64 * KB, 300 * KB),
      clientLaziness: laziness,
      backendLaziness: laziness,
    });
    const property = fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 4 }), async (plans) => {
      const buffers = new ReadBuffers();
      expect(await run(plans, { buffers, ...how })).toEqual([]);
      expect(buffers.leased).toBe(0);
    });
    // Over TLS every write is a read of its own at the other end, which takes several times as long.
    await fc.assert(property, { numRuns: how.encrypted === undefined ? 25 : 8 });
  });
});

describe('This test', () => {
  it('would notice a relay that writes from the shared buffer without a copy', { timeout: 30_000 }, async () => {
    const wrongs = await run(PLANS.slice(4), { buffers: new ReadBuffers(), connect: carelessRelay });
    expect(wrongs.join()).toContain('altered');
  });
});
