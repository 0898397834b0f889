import type { CreateContext } from './factory.ts';
import type { Resource } from './slot.ts';

/**
 * One call of a factory, as it sees it, which may be called off.
 *
 * The signal is made for a factory that asks for it: with its listeners it costs more than everything else about a call.
 */
export class Creation<T> implements CreateContext {
  /** Rejects when it is called off. */
  readonly calledOff: Promise<never>;
  #reject!: (reason: unknown) => void;
  #controller: AbortController | undefined;
  #resource: Resource<T> | undefined;
  #isCalledOff = false;
  #reason: unknown;
  #hasDied = false;

  constructor() {
    this.calledOff = new Promise((_resolve, reject) => (this.#reject = reject));
    this.calledOff.catch(() => undefined);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isCalledOff) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  readonly died = (): void => {
    if (this.#resource === undefined) this.#hasDied = true;
    else this.#resource.die();
  };

  /** Whether the resource died before it was known here. */
  get hasDied(): boolean {
    return this.#hasDied;
  }

  /** Has come of it. */
  born(resource: Resource<T>): void {
    this.#resource = resource;
  }

  /** The first reason counts. */
  callOff(reason: unknown): void {
    if (this.#isCalledOff) return;
    this.#isCalledOff = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
  }
}
