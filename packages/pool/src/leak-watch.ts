import type { Clock } from '@millpond/contracts';
import { Alarm } from './alarm.ts';
import type { LeakReport } from './pool-observer.ts';
import type { Slot } from './slot.ts';

// In a bundle it may be anything, or undefined.
const url: unknown = import.meta.url;
/** As it stands in a stack, by its path or its URL. */
const THIS_FILE = typeof url === 'string' ? url.replace('file://', '') : '';
/** What is between a caller and {@link captureBorrower}. None in a bundle, where all are one file with their callers. */
const OWN_FILES = ['pool', 'reception', 'acquire-tracing']
  .map((name) => THIS_FILE.replace('/leak-watch.', `/${name}.`))
  .filter((file) => file !== THIS_FILE);

/** Where a resource was asked for. */
export interface Borrower {
  readonly stack?: string;
}

interface Watch {
  readonly borrower: Borrower;
  readonly since: number;
  isReported: boolean;
}

/** Where it is called. The stack becomes a text only when somebody reads it. */
export function captureBorrower(): Borrower {
  const borrower: Borrower = {};
  Error.captureStackTrace(borrower, captureBorrower);
  return borrower;
}

/** Reports loans that last suspiciously long, each once, with the stack of whoever asked for it. */
export class LeakWatch<T> {
  readonly #clock: Clock;
  readonly #thresholdMs: number;
  readonly #report: (leak: LeakReport) => void;
  readonly #alarm: Alarm;
  /** In the order of `since`, as maps keep the order of insertion. */
  readonly #loans = new Map<Slot<T>, Watch>();

  constructor(clock: Clock, thresholdMs: number, report: (leak: LeakReport) => void) {
    this.#clock = clock;
    this.#thresholdMs = thresholdMs;
    this.#report = report;
    this.#alarm = new Alarm(clock, () => this.#look());
  }

  borrowerOf(slot: Slot<T>): Borrower | undefined {
    return this.#loans.get(slot)?.borrower;
  }

  begin(slot: Slot<T>, borrower: Borrower): void {
    const since = this.#clock.now();
    this.#loans.set(slot, { borrower, since, isReported: false });
    this.#alarm.setFor(since + this.#thresholdMs);
  }

  end(slot: Slot<T>): void {
    this.#loans.delete(slot);
    if (this.#loans.size === 0) this.#alarm.stop();
  }

  #look(): void {
    const now = this.#clock.now();
    for (const loan of this.#loans.values()) {
      if (loan.isReported) continue;
      if (loan.since + this.#thresholdMs > now) {
        this.#alarm.setFor(loan.since + this.#thresholdMs);
        return;
      }
      loan.isReported = true;
      this.#report({ heldMs: now - loan.since, stack: fromCaller(loan.borrower.stack ?? '') });
    }
  }
}

/** A stack without the pool's own frames at its top, which are the same for everybody, and Node's among them. */
function fromCaller(stack: string): string {
  const [title = '', ...frames] = stack.split('\n');
  const isOwn = (frame: string) => OWN_FILES.some((file) => frame.includes(`${file}:`));
  const end = frames.findIndex((frame) => !isOwn(frame) && !frame.includes('node:'));
  if (end === -1) return stack;
  const first = frames.slice(0, end).findLastIndex(isOwn) + 1;
  return [title, ...frames.slice(first)].join('\n');
}
