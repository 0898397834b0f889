import type { ExchangeResult, Outcome, PickContext, Random } from '@millpond/contracts';
import { pickContext } from './pick-context.ts';
import { testCandidate } from './test-candidate.ts';
import type { TestCandidate } from './test-candidate.ts';

/** Idle candidates with these weights. */
export function candidatesOfWeights(...weights: readonly number[]): TestCandidate[] {
  return weights.map((weight, index) => testCandidate(`http://192.0.2.${index + 1}:80`, { weight }));
}

/** The pick context of some client, known by its address or by an id too. */
export function anyClient(random: Random): PickContext {
  const clientAddress = `10.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.1`;
  return pickContext(random() < 0.5 ? { clientAddress } : { clientAddress, clientId: `client-${random()}` });
}

/** Gives a candidate figures that it might have in a busy hour. */
export function disturb(candidate: TestCandidate, random: Random): void {
  candidate.weight = random() * 1000 + 0.001;
  candidate.active = Math.floor(random() * 20);
  candidate.queued = Math.floor(random() * 3);
  candidate.latencyMs = random() * 100;
}

/** An outcome with that result, and figures that fit it. */
export function outcomeOf(result: ExchangeResult): Outcome {
  const wasAnswered = result === 'completed';
  return { result, status: wasAnswered ? 200 : 0, latencyMs: wasAnswered ? 10 : -1, bytesSent: 1, bytesReceived: 1 };
}

/** The items in an order that `random` decides. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
