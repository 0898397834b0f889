import type { BackendTls } from './tls.ts';

/**
 * Why a connection was closed.
 *
 * `idle`: unused for too long; `lifetime`: too old; `maxUses`: lent often enough; `invalid`: failed validation;
 * `died`: closed by the other side, or spoke out of turn, while idle; `error`: its last user said that it is broken;
 * `evicted`: taken out on purpose; `excess`: more idle ones than are kept; `drain`: the pool was drained.
 */
export type CloseReason =
  'idle' | 'lifetime' | 'maxUses' | 'invalid' | 'died' | 'error' | 'evicted' | 'excess' | 'drain';

/** How a backend is to be connected to. */
export interface ConnectOptions {
  /** Aborting it gives up and leaves nothing behind. May be made when it is read: to pass it on, name it. */
  readonly signal: AbortSignal;
  /**
   * Rejects when `signal` aborts, with its reason, if it is there. For transports that dial thousands in a second: a signal
   * with its listener costs 10 µs.
   */
  readonly calledOff?: Promise<never> | undefined;
  /** For a backend that speaks TLS. @defaultValue the defaults of {@link BackendTls} */
  readonly tls?: BackendTls | undefined;
  /** Milliseconds of silence after which the kernel asks whether the other side is still there; 0 for never. @defaultValue that of the transport */
  readonly keepAliveMs?: number | undefined;
  /**
   * TCP: what the backend says before anything was asked is kept for the client, on a connection that is ready before
   * there is one, too. Else such a connection ends while idle: it may be a farewell. @defaultValue false
   */
  readonly serverSpeaksFirst?: boolean | undefined;
  /** TCP: what {@link Connection.ping} asks. @defaultValue nothing */
  readonly ping?: PingQuestion | undefined;
}

/** How an idle connection is asked whether it is still good; one byte per character. */
export interface PingQuestion {
  readonly send: string;
  /** How the whole answer ends. */
  readonly expect: string;
}

/** One connection to a backend, made by a transport, kept by a pool. */
export interface Connection {
  /** How many exchanges it can carry at once: 1 for HTTP/1.1 and for TCP. */
  readonly capacity: number;
  /** Whether another exchange may be put on it now. Must turn false as soon as the connection is closed or suspect. */
  readonly isReusable: boolean;
  /** Closes it at once and for good; calling it again does nothing. */
  close(): void;
  /**
   * Names the one listener that is told when the connection ends while nothing uses it, so that the pool can drop it.
   * Called by the pool's owner before the first exchange.
   */
  onIdleClose(listener: () => void): void;
  /** Asks the other side of an idle connection for a sign of life; rejects when it is of no use any more. Ends with `signal`. */
  ping?(signal: AbortSignal): Promise<void>;
}
