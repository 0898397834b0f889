import type { SoakResult, SoakRound } from './soak-result.ts';

/** How much more heap and external memory may be in use after a round than before it. */
const MAX_USED_GROWTH = 0.1;

/** How much more resident memory there may be after the second round than after the first. */
const MAX_RSS_GROWTH = 0.05;

const MIB = 2 ** 20;

/** What a few pages more or less come to; shares of the memory of few connections are smaller than that. */
const USED_NOISE_BYTES = MIB;
const RSS_NOISE_BYTES = 8 * MIB;

/** What is not as it should be, in words; empty where all is. */
export function faultsOf({ before, first, second }: SoakResult, connections: number): string[] {
  return [
    ...clientFaults('first', first, connections),
    ...clientFaults('second', second, connections),
    ...growth('heap and external memory', before.usedBytes, first.after.usedBytes, MAX_USED_GROWTH, USED_NOISE_BYTES),
    ...growth('resident memory', first.after.rssBytes, second.after.rssBytes, MAX_RSS_GROWTH, RSS_NOISE_BYTES),
  ];
}

function clientFaults(name: string, { clients }: SoakRound, connections: number): string[] {
  const { open, openAtEnd, exchanges, errors } = clients;
  const faults: string[] = [];
  if (errors > 0) faults.push(`${errors} errors in the ${name} round`);
  if (open < connections || openAtEnd < connections) {
    faults.push(
      `of ${connections} connections ${open} were open at first and ${openAtEnd} at the end of the ${name} round`,
    );
  }
  if (exchanges < connections) faults.push(`only ${exchanges} messages came back in the ${name} round`);
  return faults;
}

function growth(what: string, before: number, after: number, share: number, noise: number): string[] {
  const most = before + Math.max(before * share, noise);
  if (after <= most) return [];
  const [from, to, limit] = [before, after, most].map((bytes) => (bytes / MIB).toFixed(1));
  return [`${what} went from ${from} to ${to} MiB, beyond ${limit}`];
}
