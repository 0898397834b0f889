import type { Clock, Logger, Observer, RequestEnd } from '@millpond/contracts';
import { Deadlines, type ReadBuffers } from '@millpond/transport-tcp';

/** What all connections of one transport share. */
export class Engine {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly buffers: ReadBuffers;
  readonly deadlines: Deadlines;
  readonly #logger: Logger | undefined;

  constructor(clock: Clock, observer: Observer, logger: Logger | undefined, buffers: ReadBuffers) {
    this.clock = clock;
    this.observer = observer;
    this.buffers = buffers;
    this.deadlines = new Deadlines(clock);
    this.#logger = logger;
  }

  /** Takes note of an error that nobody else can be told of. */
  readonly noteFault = (error: unknown): void => {
    this.#logger?.error({ err: error }, 'a part that must not throw did');
  };

  /** Tells the observer. */
  requestEnded(end: RequestEnd): void {
    try {
      this.observer.requestEnded?.(end);
    } catch (error) {
      this.noteFault(error);
    }
  }
}
