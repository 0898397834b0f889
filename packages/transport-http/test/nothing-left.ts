import type { LoopbackServer } from '@millpond/testkit';
import { expect } from 'vitest';
import type { Proxied } from './proxied.ts';
import { until } from './until.ts';

/** Resolves when nothing is open any more between a proxy and its backend, lent, leased or waited for. */
export async function nothingLeft(proxy: Proxied, backend: LoopbackServer): Promise<void> {
  await until(() => proxy.listener.connections === 0 && backend.openConnections === 0);
  expect(proxy.source.lent).toBe(0);
  expect(proxy.source.idle).toEqual([]);
  expect(proxy.clock.pending).toBe(0);
  await until(() => proxy.buffers.leased === 0);
  expect(proxy.logger.entries).toEqual([]);
}
