import { expect, test } from 'vitest';
import { LiveCandidate } from './live-candidate.ts';

const backend = {
  id: 'a',
  address: { host: '192.0.2.1', port: 80 },
  url: 'http://192.0.2.1:80',
  weight: 3,
  priority: 1,
};

test('a candidate starts with the weight of its backend and nothing to do', () => {
  expect(new LiveCandidate(backend)).toMatchObject({ backend, id: 'a', weight: 3, active: 0, queued: 0, latencyMs: 0 });
});

test('the first latency counts whole, later ones an eighth', () => {
  const candidate = new LiveCandidate(backend);
  candidate.observeLatency(80);
  expect(candidate.latencyMs).toBe(80);
  candidate.observeLatency(160);
  expect(candidate.latencyMs).toBe(90);
});

test('an exchange without an answer leaves the latency alone', () => {
  const candidate = new LiveCandidate(backend);
  candidate.observeLatency(80);
  candidate.observeLatency(-1);
  expect(candidate.latencyMs).toBe(80);
});
