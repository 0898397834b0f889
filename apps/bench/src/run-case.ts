import { messageOf } from './bench-error.ts';
import type { Absence, Case, CaseResult, Peer, Sample, Trial } from './comparison.ts';
import { compare } from './report/compare.ts';

/** One line about what is being done, for somebody who waits. */
export type Progress = (line: string) => void;

/** A peer in a case, with what was seen of it so far. */
interface Entry {
  readonly peer: Peer;
  readonly trial: Trial;
  readonly rounds: Sample[];
}

/** What was learned of a peer that is in the case no more. */
type OnAbsent = (peer: Peer, error: unknown) => void;

/**
 * Compares peers in one case. All of them run side by side, but one at a time has load, in rounds of A B C A B C, so that
 * what the machine does besides meets all of them alike. Peers that fail are left out, and the result says why.
 */
export async function runCase(one: Case, peers: readonly Peer[], rounds: number, say: Progress): Promise<CaseResult> {
  const absent: Absence[] = [];
  const onAbsent: OnAbsent = (peer, error) => {
    absent.push({ peer: peer.name, reason: messageOf(error) });
    say(`${one.id}: ${peer.name} is not available: ${messageOf(error)}`);
  };
  let entries = await beginAll(one, peers, onAbsent);
  try {
    for (const { peer } of entries) say(`${one.id}: ${peer.name} answers as it should`);
    entries = await eachInTurn(entries, onAbsent, async ({ trial }) => trial.warmUp());
    for (let round = 1; round <= Math.min(rounds, one.maxRounds ?? rounds); round++) {
      entries = await eachInTurn(entries, onAbsent, async ({ peer, trial, rounds: seen }) => {
        say(`${one.id}: round ${round}, ${peer.name}`);
        seen.push(await trial.measure());
      });
    }
  } finally {
    await Promise.all(entries.map(({ trial }) => trial.stop()));
  }
  const seen = entries.map(({ peer, rounds: samples }) => ({ peer, rounds: samples }));
  return { id: one.id, title: one.title, score: one.score, ...compare(seen), absent };
}

async function beginAll(one: Case, peers: readonly Peer[], onAbsent: OnAbsent): Promise<Entry[]> {
  const begun = await Promise.allSettled(peers.map(async (peer) => ({ peer, trial: await one.begin(peer.name) })));
  return begun.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [{ ...result.value, rounds: [] }];
    const peer = peers[index];
    if (peer !== undefined) onAbsent(peer, result.reason);
    return [];
  });
}

/** Does something with each, one after the other; stops those that fail, and returns the others. */
async function eachInTurn(
  entries: readonly Entry[],
  onAbsent: OnAbsent,
  act: (entry: Entry) => Promise<void>,
): Promise<Entry[]> {
  const left: Entry[] = [];
  for (const entry of entries) {
    try {
      await act(entry);
      left.push(entry);
    } catch (error) {
      onAbsent(entry.peer, error);
      await entry.trial.stop();
    }
  }
  return left;
}
