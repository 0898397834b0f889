import type { Clock, Timer } from '@millpond/contracts';
import type { Factory } from './factory.ts';
import type { PoolSettings } from './pool-options.ts';
import { isPromise } from './is-promise.ts';
import type { Slot } from './slot.ts';

/**
 * After how long a waiter gets other resources, too, while one is being validated for it: the pause between two attempts
 * to connect that RFC 8305 (Happy Eyeballs) recommends, for the same reason.
 */
const DOUBT_AFTER_MS = 250;

/** What a {@link Validator} works with. */
export interface ValidatorOptions<T> {
  readonly factory: Factory<T>;
  readonly clock: Clock;
  /** `createTimeoutMs`: how long an answer may take; `aliveBypassMs`: how long nobody asks for one. */
  readonly settings: PoolSettings;
  /** An answer that was waited for is no; the slot may be idle. */
  readonly onInvalid: (slot: Slot<T>) => void;
  /** An answer takes long, and {@link Slot.isDoubtful}. */
  readonly onDoubt: (slot: Slot<T>) => void;
}

/** Asks whether a resource may be lent. A failure to answer, in time or at all, is a no. */
export class Validator<T> {
  readonly #factory: Factory<T>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #aliveBypassMs: number;
  readonly #onInvalid: (slot: Slot<T>) => void;
  readonly #onDoubt: (slot: Slot<T>) => void;
  /** Of each answer that is awaited: gives up. */
  readonly #awaited = new Map<Slot<T>, () => void>();

  constructor({ factory, clock, settings, onInvalid, onDoubt }: ValidatorOptions<T>) {
    this.#factory = factory;
    this.#clock = clock;
    this.#timeoutMs = settings.createTimeoutMs;
    this.#aliveBypassMs = settings.aliveBypassMs;
    this.#onInvalid = onInvalid;
    this.#onDoubt = onDoubt;
  }

  /** The answer, or the promise of one, which never rejects. A validation that is under way is shared. */
  check(slot: Slot<T>): boolean | Promise<boolean> {
    if (slot.test !== undefined) return slot.test;
    if (this.#wasProvenJustNow(slot)) return slot.retirement === undefined;
    const answer = this.#ask(slot);
    if (typeof answer === 'boolean') return answer && slot.retirement === undefined;
    slot.test = this.#awaitAnswer(slot, answer);
    return slot.test;
  }

  /** For a slot on its way to a waiter: one that was just created for it is good. */
  validate(slot: Slot<T>): boolean | Promise<boolean> {
    return slot.isNew || this.check(slot);
  }

  /** Takes the answer for a no, if it is still awaited. */
  giveUpOn(slot: Slot<T>): void {
    this.#awaited.get(slot)?.();
  }

  /** Takes every answer that is still awaited for a no. */
  giveUp(): void {
    for (const give of this.#awaited.values()) give();
  }

  #wasProvenJustNow(slot: Slot<T>): boolean {
    return this.#aliveBypassMs > 0 && this.#clock.now() - slot.provenAt < this.#aliveBypassMs;
  }

  #ask(slot: Slot<T>): boolean | Promise<boolean> {
    try {
      const answer = this.#factory.validate?.(slot.resource.value);
      return isPromise(answer) ? answer : Boolean(answer);
    } catch {
      return false;
    }
  }

  async #awaitAnswer(slot: Slot<T>, answer: Promise<boolean>): Promise<boolean> {
    const isValid = await this.#withinLimit(slot, answer);
    slot.test = undefined;
    slot.isDoubtful = false;
    if (!isValid) this.#onInvalid(slot);
    return isValid;
  }

  #withinLimit(slot: Slot<T>, answer: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (verdict: unknown) => {
        if (timer !== undefined) this.#clock.clear(timer);
        this.#awaited.delete(slot);
        resolve(Boolean(verdict));
      };
      const giveUp = () => settle(false);
      const limitMs = this.#timeoutMs === 0 ? Infinity : this.#timeoutMs;
      const doubt = () => {
        timer = limitMs === Infinity ? undefined : this.#clock.setTimeout(giveUp, limitMs - DOUBT_AFTER_MS);
        slot.isDoubtful = true;
        this.#onDoubt(slot);
      };
      let timer: Timer | undefined =
        limitMs > DOUBT_AFTER_MS
          ? this.#clock.setTimeout(doubt, DOUBT_AFTER_MS)
          : this.#clock.setTimeout(giveUp, limitMs);
      this.#awaited.set(slot, giveUp);
      // It may be any thenable, and one that fails.
      new Promise((take) => take(answer)).then(settle, giveUp);
    });
  }
}
