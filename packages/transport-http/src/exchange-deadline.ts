import type { ExchangeTimeouts, RequestResult } from '@millpond/contracts';
import type { Answer } from './answer.ts';
import type { ClientSide } from './client-side.ts';
import type { Engine } from './engine.ts';
import { backendTimedOut, clientTooSlow, idleTimedOut, requestTimedOut, type HttpError } from './http-errors.ts';
import { Pace } from './pace.ts';
import type { Upload } from './upload.ts';

/** What comes of a deadline that has passed. */
export interface DeadlineFailure {
  readonly error: HttpError;
  readonly result: RequestResult;
}

/** Whose turn it is in an exchange, and how long that may take; in one exchange after the other. */
export class ExchangeDeadline {
  readonly #engine: Pick<Engine, 'deadlines'>;
  readonly #client: ClientSide;
  readonly #upload: Upload;
  readonly #answer: Answer;
  readonly #pace: Pace;
  /** What the deadline is for: the client's pace, or else whose turn it is. */
  #isPaced = false;

  constructor(engine: Pick<Engine, 'deadlines'>, client: ClientSide, upload: Upload, answer: Answer) {
    this.#engine = engine;
    this.#client = client;
    this.#upload = upload;
    this.#answer = answer;
    this.#pace = new Pace(client.frontend.limits.minBytesPerSecond);
  }

  /** A new exchange begins. */
  start(): void {
    this.#isPaced = false;
    this.#pace.start();
  }

  /** Something has moved: whose turn it is now has its whole time. */
  restart(timeouts: ExchangeTimeouts, isAnswering: boolean): void {
    // Once it sees an answer, a client need not go on with its body (RFC 9112 §9.5): from then on what it takes counts.
    const isClientsTurn = isAnswering ? this.#client.isFull : this.#upload.awaitsClient;
    const limitMs = isAnswering || isClientsTurn ? timeouts.idleMs : timeouts.requestMs;
    this.#isPaced = false;
    if (isClientsTurn || this.#pace.isRunning) this.#restartPaced(isClientsTurn, limitMs, timeouts.idleMs);
    else this.#client.setDeadline(limitMs);
  }

  /** The deadline has passed: whose fault is it? */
  failure({ requestMs, idleMs }: ExchangeTimeouts, isAnswering: boolean): DeadlineFailure {
    const { awaitsClient } = this.#upload;
    if (this.#isPaced) {
      const { minBytesPerSecond } = this.#client.frontend.limits;
      return { error: clientTooSlow(minBytesPerSecond), result: isAnswering ? 'aborted' : 'refused' };
    }
    if (isAnswering) {
      return { error: idleTimedOut(idleMs), result: this.#client.pending > 0 || awaitsClient ? 'aborted' : 'timeout' };
    }
    if (awaitsClient) return { error: requestTimedOut(), result: 'refused' };
    return { error: backendTimedOut(requestMs), result: 'timeout' };
  }

  #restartPaced(isClientsTurn: boolean, limitMs: number, idleMs: number): void {
    const bytes = this.#upload.bytes + this.#answer.bytes;
    const creditMs = this.#pace.look(isClientsTurn, this.#engine.deadlines.now, bytes, idleMs);
    this.#isPaced = isClientsTurn && (limitMs === 0 || creditMs < limitMs) && creditMs !== Infinity;
    this.#client.setDeadline(this.#isPaced ? Math.max(creditMs, 1) : limitMs);
  }
}
