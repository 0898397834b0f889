import { expect, test } from 'vitest';
import { faultsOf } from './faults.ts';
import type { SoakResult } from './soak-result.ts';

const MIB = 2 ** 20;
const clients = { open: 100, openAtEnd: 100, exchanges: 500, errors: 0 };

function result(usedMib: readonly [number, number], rssMib: readonly [number, number]): SoakResult {
  const round = (used: number, rss: number) => ({
    clients,
    peakRssBytes: 0,
    after: { usedBytes: used * MIB, rssBytes: rss * MIB },
  });
  return {
    before: { usedBytes: usedMib[0] * MIB, rssBytes: 0 },
    first: round(usedMib[1], rssMib[0]),
    second: round(0, rssMib[1]),
  };
}

test('memory that comes back is no fault, and a little more is not either', () => {
  expect(faultsOf(result([20, 22], [200, 210]), 100)).toEqual([]);
  expect(faultsOf(result([5, 6], [80, 88]), 100)).toEqual([]);
});

test('memory that stays is a fault, which says how much there is', () => {
  expect(faultsOf(result([20, 22.1], [200, 211]), 100)).toEqual([
    'heap and external memory went from 20.0 to 22.1 MiB, beyond 22.0',
    'resident memory went from 200.0 to 211.0 MiB, beyond 210.0',
  ]);
});

test('clients that failed, were not let in, were cut off or had no answer are faults', () => {
  const bad = result([20, 20], [200, 200]);
  const first = { ...bad.first, clients: { open: 100, openAtEnd: 99, exchanges: 99, errors: 3 } };
  expect(faultsOf({ ...bad, first }, 100)).toEqual([
    '3 errors in the first round',
    'of 100 connections 100 were open at first and 99 at the end of the first round',
    'only 99 messages came back in the first round',
  ]);
});
