import type { Deadlines, Timed } from '../deadlines.ts';
import type { Seat } from '../roster.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import { RelaySide, type RelaySideListener } from './relay-side.ts';

/**
 * How a relay ended.
 *
 * `completed`: both sides sent all they had, and then their end; `client-reset`, `backend-reset`: that side was cut off;
 * `idle-timeout`: no byte moved for `idleMs`; `fin-timeout`: one side had ended, and no byte moved for `finMs`;
 * `session-timeout`: it was `sessionMs` old; `aborted`: {@link Relay.abort} was called.
 */
export type RelayEnd =
  'completed' | 'client-reset' | 'backend-reset' | 'idle-timeout' | 'fin-timeout' | 'session-timeout' | 'aborted';

/** What is known of a relay when it has ended. */
export interface RelayResult {
  readonly reason: RelayEnd;
  readonly bytesFromClient: number;
  readonly bytesFromBackend: number;
  /** The system's error, where a side was cut off by one. */
  readonly error: Error | undefined;
}

/** What a {@link Relay} connects, and its limits. */
export interface RelayOptions {
  /** Open. The relay owns it from now on, and its handler. */
  readonly client: FastSocket;
  /** Open. The relay owns it from now on, and its handler. */
  readonly backend: FastSocket;
  readonly deadlines: Deadlines;
  /** Milliseconds without a byte in either direction after which both sides are cut off; 0 for no limit. @defaultValue 0 */
  readonly idleMs?: number | undefined;
  /** The same once one side has ended, where that is shorter; 0 for no other limit than `idleMs`. @defaultValue 30000 */
  readonly finMs?: number | undefined;
  /** Milliseconds after which both sides are cut off in any case; 0 for no limit. @defaultValue 0 */
  readonly sessionMs?: number | undefined;
  /**
   * Whether the end of one side leaves the other direction open; else both sides are closed once the last byte of the
   * first to end is on its way. @defaultValue true
   */
  readonly halfClose?: boolean | undefined;
  /** What was read from the client before, one byte per character; it goes first. */
  readonly readFromClient?: string;
  /** What was read from the backend before, one byte per character; it goes first. */
  readonly readFromBackend?: string;
  /** Called once, when both sockets are closed. */
  readonly onEnd: (result: RelayResult) => void;
}

/**
 * Passes bytes between a client and a backend until both have ended, from its construction on.
 *
 * No side is read faster than the other one takes it. The end of one side is passed on after its last byte, and the
 * other direction goes on; a reset is passed on as a reset.
 */
export class Relay implements Timed, RelaySideListener {
  deadline = 0;
  watch: Seat<Timed> | undefined;
  readonly #client: RelaySide;
  readonly #backend: RelaySide;
  readonly #deadlines: Deadlines;
  readonly #finMs: number;
  readonly #endsAt: number;
  readonly #halfClose: boolean;
  readonly #onEnd: (result: RelayResult) => void;
  #limitMs: number;
  #reason: RelayEnd = 'completed';
  #error: Error | undefined;

  constructor(options: RelayOptions) {
    const { client, backend, deadlines, idleMs = 0, finMs = 30_000, sessionMs = 0 } = options;
    this.#client = new RelaySide(client, backend, this);
    this.#backend = new RelaySide(backend, client, this);
    this.#deadlines = deadlines;
    this.#limitMs = idleMs;
    this.#finMs = finMs;
    this.#halfClose = options.halfClose ?? true;
    this.#onEnd = options.onEnd;
    deadlines.add(this);
    this.#endsAt = sessionMs > 0 ? deadlines.now + sessionMs : Infinity;
    if (sessionMs > 0) this.deadline = this.#endsAt;
    this.onProgress();
    this.#client.start(options.readFromClient ?? '');
    this.#backend.start(options.readFromBackend ?? '');
  }

  /** Cuts off both sides. `onEnd` follows, unless it was called before. */
  abort(): void {
    this.#cut('aborted');
  }

  /** @internal */
  onProgress(): void {
    if (this.#limitMs === 0) return;
    const idleAt = this.#deadlines.now + this.#limitMs;
    this.deadline = idleAt < this.#endsAt ? idleAt : this.#endsAt;
  }

  /** @internal */
  onHalfClose(side: RelaySide): void {
    if (this.#finMs > 0 && (this.#limitMs === 0 || this.#finMs < this.#limitMs)) this.#limitMs = this.#finMs;
    this.onProgress();
    const other = side === this.#client ? this.#backend : this.#client;
    if (!this.#halfClose) {
      this.#client.close();
      this.#backend.close();
    } else if (other.hasEnded) {
      // To end our side first, and close then, would cost a system call and a round through the stream.
      other.socket.closeSoon();
    } else {
      other.socket.end();
    }
  }

  /** @internal */
  onDeadline(): void {
    if (this.#deadlines.now >= this.#endsAt) {
      this.#cut('session-timeout');
      return;
    }
    this.#cut(this.#client.hasEnded || this.#backend.hasEnded ? 'fin-timeout' : 'idle-timeout');
  }

  /** @internal */
  onClose(side: RelaySide, error: Error | undefined): void {
    const hasEnded = this.#client.hasEnded && this.#backend.hasEnded;
    const hasCompleted = error === undefined && (hasEnded || side.isClosing);
    if (!hasCompleted) this.#cut(side === this.#client ? 'client-reset' : 'backend-reset', error);
    if (this.#client.isClosed && this.#backend.isClosed) this.#finish();
  }

  #cut(reason: RelayEnd, error?: Error): void {
    if (this.#reason !== 'completed') return;
    this.#reason = reason;
    this.#error = error;
    this.deadline = 0;
    this.#cutOff(this.#client, this.#backend);
    this.#cutOff(this.#backend, this.#client);
  }

  #cutOff({ socket }: RelaySide, other: RelaySide): void {
    // What was read before the cut is still passed on.
    socket.flush();
    // Who has been sent everything, and the end, may still be taking it from the kernel: a reset would throw that away.
    if (other.hasEnded && socket.pending === 0) socket.destroy();
    else socket.reset();
  }

  #finish(): void {
    this.#deadlines.remove(this);
    this.#onEnd({
      reason: this.#reason,
      bytesFromClient: this.#client.bytes,
      bytesFromBackend: this.#backend.bytes,
      error: this.#error,
    });
  }
}
