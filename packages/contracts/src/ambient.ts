/** A timer that was set; {@link Clock.clear} ends it. */
export type Timer = object;

/** Time, injected, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds on a monotonic scale; only differences mean something. */
  now(): number;
  /** Calls `callback` once after `delayMs`. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Calls `callback` every `intervalMs`. Does not keep the process alive. */
  setInterval(callback: () => void, intervalMs: number): Timer;
  /** Ends a timer; one that has ended already is ignored. */
  clear(timer: Timer): void;
}

/** A number in [0, 1), injected, so that tests are seeded. */
export type Random = () => number;

/** The part of pino's interface that Millpond uses. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
