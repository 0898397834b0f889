import { channel } from 'node:diagnostics_channel';
import type { Channel } from 'node:diagnostics_channel';
import type { CloseReason } from '@millpond/contracts';
import type { LeakReport } from './pool-observer.ts';

/**
 * Publishes what happens in a pool on `node:diagnostics_channel`, for tracers that were not told of it. Costs a look at a
 * field while nobody listens. Every message has the `pool`'s name.
 */
export class Diagnostics {
  readonly #pool: string;
  readonly #created = channel('millpond:pool:created');
  readonly #createFailed = channel('millpond:pool:create-failed');
  readonly #destroyed = channel('millpond:pool:destroyed');
  readonly #waitEnded = channel('millpond:pool:wait-ended');
  readonly #leaked = channel('millpond:pool:leaked');

  constructor(pool: string) {
    this.#pool = pool;
  }

  created(createMs: number): void {
    if (this.#created.hasSubscribers) this.#publish(this.#created, { createMs });
  }

  createFailed(error: unknown): void {
    if (this.#createFailed.hasSubscribers) this.#publish(this.#createFailed, { error });
  }

  destroyed(reason: CloseReason, lifetimeMs: number, cause: unknown): void {
    if (this.#destroyed.hasSubscribers) this.#publish(this.#destroyed, { reason, lifetimeMs, cause });
  }

  waitEnded(waitMs: number, served: boolean): void {
    if (this.#waitEnded.hasSubscribers) this.#publish(this.#waitEnded, { waitMs, served });
  }

  leaked(leak: LeakReport): void {
    if (this.#leaked.hasSubscribers) this.#publish(this.#leaked, leak);
  }

  #publish(to: Channel, message: object): void {
    to.publish({ pool: this.#pool, ...message });
  }
}
