import type { Clock, CloseReason } from '@millpond/contracts';
import type { Closer } from './closer.ts';
import type { Creator } from './creator.ts';
import type { Engine } from './engine.ts';
import { aborted, createFailed, draining } from './errors.ts';
import type { Borrower, LeakWatch } from './leak-watch.ts';
import { Loan } from './loan.ts';
import type { Meter } from './meter.ts';
import { abortSignal, noOthers, object } from './option-checks.ts';
import type { LeaseKeeper, PoolLease, ReplaceOptions } from './pool-lease.ts';
import type { Resource, Slot } from './slot.ts';

/** What {@link Loans} work with. */
export interface LoansOptions<T> {
  readonly engine: Engine<T>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly closer: Closer<T>;
  /** Creates for holders of a lease, who have their place already. */
  readonly replacer: Creator<T>;
  /** 0 is no limit. */
  readonly maxUses: number;
  /** Absent where leaks are not looked for. */
  readonly leaks: LeakWatch<T> | undefined;
  /** A slot has got a resource. @throws ERR_POOL_DIED_AT_BIRTH */
  readonly adopt: (slot: Slot<T>, resource: Resource<T>) => void;
  readonly onLent: () => void;
}

/** Lends slots that the engine has handed out, and gives them back to it. */
export class Loans<T> implements LeaseKeeper<T> {
  readonly #options: LoansOptions<T>;
  readonly #maxUses: number;

  constructor(options: LoansOptions<T>) {
    this.#options = options;
    this.#maxUses = options.maxUses === 0 ? Infinity : options.maxUses;
  }

  /** @param borrower - where it was asked for, if leaks are looked for */
  lend(slot: Slot<T>, borrower: Borrower | undefined): PoolLease<T> {
    const { meter, leaks, clock, onLent } = this.#options;
    const lease = new Loan(slot, this);
    meter.lent(lease.reused);
    if (meter.timesUse) slot.lentAt = clock.now();
    if (borrower !== undefined) leaks?.begin(slot, borrower);
    onLent();
    return lease;
  }

  release(slot: Slot<T>): void {
    const { engine, clock } = this.#options;
    const now = clock.now();
    this.#end(slot, now);
    const reason = this.#reasonToClose(slot, now);
    if (reason !== undefined) {
      engine.destroy(slot, reason);
      return;
    }
    slot.idleSince = now;
    slot.provenAt = now;
    engine.release(slot);
  }

  destroy(slot: Slot<T>, cause: unknown, reason: CloseReason = 'error'): void {
    this.#end(slot, this.#options.clock.now());
    slot.cause = cause;
    this.#options.engine.destroy(slot, reason);
  }

  async replace(slot: Slot<T>, options: ReplaceOptions = {}): Promise<PoolLease<T>> {
    object('options', options);
    noOthers(options, ['signal']);
    const { signal } = options;
    abortSignal('signal', signal);
    const { engine, clock, closer, replacer, leaks, adopt } = this.#options;
    const claim = {};
    const borrower = leaks?.borrowerOf(slot);
    this.#end(slot, clock.now());
    slot.holder = claim;
    closer.close(slot.resource, slot.resource.dead ? 'died' : 'error');
    try {
      const resource = await replacer.create(signal);
      if (slot.holder === claim) {
        adopt(slot, resource);
        return this.lend(slot, borrower);
      }
      closer.close(resource, 'drain');
    } catch (error) {
      if (slot.holder === claim) {
        slot.holder = undefined;
        engine.destroy(slot, 'error');
        throw signal?.aborted === true ? aborted(signal.reason) : createFailed(error);
      }
    }
    throw draining();
  }

  #end(slot: Slot<T>, now: number): void {
    const { meter, leaks } = this.#options;
    if (meter.timesUse && slot.holder instanceof Loan) meter.returned(now - slot.lentAt);
    slot.holder = undefined;
    leaks?.end(slot);
  }

  #reasonToClose({ resource, retirement }: Slot<T>, now: number): CloseReason | undefined {
    if (retirement !== undefined) return retirement;
    if (resource.expiresAt <= now) return 'lifetime';
    if (resource.uses >= this.#maxUses) return 'maxUses';
    return this.#options.engine.spare < 0 ? 'excess' : undefined;
  }
}
