import type { CreateContext } from './factory.ts';
import type { Linked } from './linked-list.ts';
import type { Resource } from './slot.ts';

/**
 * One call of a factory, as it sees it, which may be called off.
 *
 * The signal, or the promise instead, is made for a factory that asks for it: a signal with its listener costs more than
 * everything else about a call.
 */
export class Creation<T> implements CreateContext, Linked<Creation<T>> {
  previous: Creation<T> | undefined;
  next: Creation<T> | undefined;
  linked = false;
  readonly startedAt: number;
  /** What comes of it. */
  readonly result: Promise<Resource<T>>;
  isCalledOff = false;
  /** Whether the resource died before it was known here. */
  hasDied = false;
  #resolve!: (resource: Resource<T>) => void;
  #reject!: (error: unknown) => void;
  #reason: unknown;
  #controller: AbortController | undefined;
  #calledOff: Promise<never> | undefined;
  #rejectCalledOff!: (reason: unknown) => void;
  #resource: Resource<T> | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isCalledOff) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get calledOff(): Promise<never> {
    if (this.#calledOff === undefined) {
      this.#calledOff = new Promise((_resolve, reject) => (this.#rejectCalledOff = reject));
      // Who asks for it need not listen for ever.
      this.#calledOff.catch(() => undefined);
      if (this.isCalledOff) this.#rejectCalledOff(this.#reason);
    }
    return this.#calledOff;
  }

  readonly died = (): void => {
    if (this.#resource === undefined) this.hasDied = true;
    else this.#resource.die();
  };

  succeed(resource: Resource<T>): void {
    this.#resource = resource;
    this.#resolve(resource);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  /** The factory hears of it, and whoever waits for the result gets the reason. */
  callOff(reason: unknown): void {
    this.isCalledOff = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    if (this.#calledOff !== undefined) this.#rejectCalledOff(reason);
    this.#reject(reason);
  }
}
