import type { ExchangeResult, Outcome } from '@millpond/contracts';
import type { BackendFamilies } from './backend-families.ts';
import { CounterGroup } from './counter-group.ts';
import type { Counter } from './counter.ts';
import type { Gauge } from './gauge.ts';
import type { Histogram } from './histogram.ts';

const results: readonly ExchangeResult[] = [
  'completed',
  'connect-failed',
  'stale',
  'reset',
  'timeout',
  'bad-response',
  'aborted',
];

/** Everything that is measured of one backend, looked up once. */
export class BackendSeries {
  readonly #exchanges: CounterGroup;
  readonly #reuses: Counter;
  readonly #responseSeconds: Histogram;
  readonly #sentBytes: Counter;
  readonly #receivedBytes: Counter;
  readonly connectSeconds: Histogram;
  readonly connectFailures: Counter;
  readonly closes: CounterGroup;
  readonly waitSeconds: Histogram;
  readonly waitFailures: Counter;
  readonly probes: CounterGroup;
  readonly probeSeconds: Counter;
  readonly up: Gauge;
  readonly stateChanges: CounterGroup;

  constructor(families: BackendFamilies, upstream: string, backend: string) {
    const labels = [upstream, backend] as const;
    this.#exchanges = new CounterGroup(families.exchanges, labels, results);
    this.#reuses = families.reuses.labels(...labels);
    this.#responseSeconds = families.responseSeconds.labels(...labels);
    this.#sentBytes = families.sentBytes.labels(...labels);
    this.#receivedBytes = families.receivedBytes.labels(...labels);
    this.connectSeconds = families.connectSeconds.labels(...labels);
    this.connectFailures = families.connectFailures.labels(...labels);
    this.closes = new CounterGroup(families.closes, labels);
    this.waitSeconds = families.waitSeconds.labels(...labels);
    this.waitFailures = families.waitFailures.labels(...labels);
    this.probes = new CounterGroup(families.probes, labels, ['healthy', 'unhealthy']);
    this.probeSeconds = families.probeSeconds.labels(...labels);
    this.up = families.up.labels(...labels);
    this.stateChanges = new CounterGroup(families.stateChanges, labels);
  }

  /** Exchanges that have ended. */
  get exchanges(): number {
    return this.#exchanges.total();
  }

  exchangeEnded(outcome: Outcome, reused: boolean): void {
    this.#exchanges.of(outcome.result).add();
    if (reused) this.#reuses.add();
    if (outcome.latencyMs >= 0) this.#responseSeconds.observe(outcome.latencyMs / 1000);
    this.#sentBytes.add(outcome.bytesSent);
    this.#receivedBytes.add(outcome.bytesReceived);
  }
}
