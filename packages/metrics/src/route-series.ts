import type { Backend, RequestEnd } from '@millpond/contracts';
import { CounterGroup } from './counter-group.ts';
import type { Counter } from './counter.ts';
import { errorType } from './error-type.ts';
import type { Histogram } from './histogram.ts';
import type { RequestFamilies } from './request-families.ts';

interface BackendCounters {
  readonly requests: CounterGroup;
  readonly errors: CounterGroup;
}

/** By the first digit of the status. */
const statusClasses: readonly string[] = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** Everything that is measured of the requests that one app sent to one upstream, looked up once. */
export class RouteSeries {
  readonly #families: RequestFamilies;
  readonly #labels: readonly [app: string, upstream: string];
  readonly #seconds: Histogram;
  readonly #receivedBytes: Counter;
  readonly #sentBytes: Counter;
  readonly #removed: WeakSet<object>;
  readonly #backends = new Map<Backend | undefined, BackendCounters>();

  /**
   * @param labels - the upstream is empty where none was reached
   * @param removed - backends that are gone; requests of theirs that end later are counted under no backend
   */
  constructor(families: RequestFamilies, labels: readonly [app: string, upstream: string], removed: WeakSet<object>) {
    this.#families = families;
    this.#labels = labels;
    this.#removed = removed;
    this.#seconds = families.seconds.labels(...labels);
    this.#receivedBytes = families.receivedBytes.labels(...labels);
    this.#sentBytes = families.sentBytes.labels(...labels);
  }

  requestEnded(end: RequestEnd): void {
    this.#seconds.observe(end.durationMs / 1000);
    this.#receivedBytes.add(end.bytesIn);
    this.#sentBytes.add(end.bytesOut);
    const counters = this.#backends.get(end.backend) ?? this.#add(end.backend);
    counters.requests.of(statusClasses[Math.trunc(end.status / 100)] ?? 'none').add();
    const error = errorType(end);
    if (error !== undefined) counters.errors.of(error).add();
  }

  /** Lets go of a backend that was removed. */
  forget(backend: Backend): void {
    this.#backends.delete(backend);
  }

  #add(backend: Backend | undefined): BackendCounters {
    if (backend !== undefined && this.#removed.has(backend))
      return this.#backends.get(undefined) ?? this.#add(undefined);
    const labels = [...this.#labels, backend?.id ?? ''];
    const counters = {
      requests: new CounterGroup(this.#families.requests, labels),
      errors: new CounterGroup(this.#families.errors, labels),
    };
    this.#backends.set(backend, counters);
    return counters;
  }
}
