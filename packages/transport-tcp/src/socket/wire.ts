import type { Address } from '@millpond/contracts';
import type { SocketHandler } from './socket-handler.ts';

/** A connection as Node gives it: what carries the bytes of a `FastSocket`. It reads nothing until it is told to. */
export interface Wire {
  /** Told what happens. */
  handler: SocketHandler;
  /** Called when it is closed, before the handler is told. */
  onClosed: (() => void) | undefined;
  /** Whether it speaks TLS. */
  readonly encrypted: boolean;
  /** The address that it has on this machine, where it has one. */
  readonly localAddress: Address | undefined;
  /** Bytes written that the kernel has not taken yet; with TLS, that are not known to have been taken. */
  readonly pending: number;
  /** Whether whoever writes should wait for `onDrain`. */
  readonly isFull: boolean;
  /** Whether bytes can be written: open, and not ended by us. */
  readonly writable: boolean;
  /** Whether it has been closed, or is being closed, for both directions. */
  readonly destroyed: boolean;
  /** Whether its handler was told that it is closed, or is about to be. */
  readonly closed: boolean;
  read(): void;
  stopReading(): void;
  /** A buffer must stay as it is. */
  write(data: Buffer | string): void;
  /** The buffer may be used for others afterwards. */
  writeBytes(buffer: Buffer, start: number, end: number): void;
  /** Has the handler told, once, when the kernel has all that was written up to now; not after `end`. */
  notifyDrain(): void;
  /** The end of our side, behind what is pending. */
  end(): void;
  /** Sends what is pending, then closes both directions. */
  closeSoon(): void;
  /** Closes both directions at once. */
  destroy(): void;
  /** Closes at once, by a reset (RST) where there is such a thing. */
  reset(): void;
}
