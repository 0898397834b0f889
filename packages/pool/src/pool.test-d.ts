import { Socket } from 'node:net';
import { expectTypeOf } from 'vitest';
import { createPool } from './generic-pool/index.ts';
import { AdaptiveSize, Pool } from './index.ts';
import type { Factory, PoolLease, PoolLimits, PoolOptions } from './index.ts';

declare const factory: Factory<Socket>;
const pool = new Pool(factory);

expectTypeOf(pool).toEqualTypeOf<Pool<Socket>>();
expectTypeOf(pool.tryAcquire()).toEqualTypeOf<PoolLease<Socket> | undefined>();
expectTypeOf(pool.acquire({ timeoutMs: 1 })).resolves.toEqualTypeOf<PoolLease<Socket>>();
expectTypeOf(pool.use((socket) => socket.remotePort)).resolves.toEqualTypeOf<number | undefined>();
expectTypeOf(pool.use(async (socket) => socket.bytesRead)).resolves.toEqualTypeOf<number>();
pool.evict((socket) => expectTypeOf(socket).toEqualTypeOf<Socket>());

// The resource's type comes from the factory.
expectTypeOf(new Pool({ create: async () => ({ id: 1 }), destroy: () => {} })).toEqualTypeOf<Pool<{ id: number }>>();
expectTypeOf<PoolOptions['order']>().toEqualTypeOf<'lifo' | 'fifo' | undefined>();

// @ts-expect-error -- a lease is not to be changed
(await pool.acquire()).value = await factory.create({ signal: AbortSignal.abort(), died: () => {} });
// @ts-expect-error -- an option that does not exist
expectTypeOf(new Pool(factory, { maximum: 1 })).toBeObject();

expectTypeOf(pool.acquireMany(2, { priority: 1 })).resolves.toEqualTypeOf<PoolLease<Socket>[]>();
expectTypeOf<Parameters<Pool<Socket>['resize']>[0]>().toEqualTypeOf<Partial<PoolLimits>>();
expectTypeOf(new AdaptiveSize(pool)).toEqualTypeOf<AdaptiveSize>();
// @ts-expect-error -- priorities are numbers
void pool.acquire({ priority: 'high' });

const old = createPool({ create: async () => new Socket(), destroy: (socket) => socket.destroy() }, { min: 1 });
expectTypeOf(old.acquire(1)).resolves.toEqualTypeOf<Socket>();
expectTypeOf(old.use(async ({ bytesRead }) => bytesRead)).resolves.toEqualTypeOf<number>();
