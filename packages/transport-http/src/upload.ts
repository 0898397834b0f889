import type { Backend, MessageLimits } from '@millpond/contracts';
import type { BackendConnection, ResponseSink } from './backend-connection.ts';
import { BodyReader } from './body-reader.ts';
import { BackendHeads } from './forward-head.ts';
import { badRequest, bodyTooLarge } from './http-errors.ts';
import type { Origin } from './origin.ts';
import { Outgoing } from './outgoing.ts';
import type { RequestHead } from './request-head.ts';

/** One request after the other on its way to a backend: the head as it is said there, and the body as it comes. */
export class Upload {
  readonly #out = new Outgoing();
  readonly #body: BodyReader;
  readonly #limit: number;
  readonly #heads: BackendHeads;
  #head!: RequestHead;
  /** The client holds back the body until it is told to go on. */
  #awaitsContinue = false;
  #isKept = false;
  /** The body, where it is kept. */
  #kept = '';

  /**
   * @param limits - of the frontend
   * @param origin - who asks
   */
  constructor(limits: MessageLimits, origin: Origin) {
    this.#body = new BodyReader(badRequest, limits);
    this.#limit = limits.bodyBytes;
    this.#heads = new BackendHeads(origin);
  }

  /** Whether the request has been read whole. */
  get done(): boolean {
    return this.#body.done;
  }

  /** Bytes of the body, so far. */
  get bytes(): number {
    return this.#body.bytes;
  }

  /** Whether there is a connection, and it takes more. */
  get canTake(): boolean {
    return this.#out.socket?.isFull === false;
  }

  /** Whether all of the request is out, or will be by itself: with TLS some bytes count as pending until the next turn. */
  get isSent(): boolean {
    return this.done && this.#out.socket?.isFull === false;
  }

  /** Whether it is the client's turn: nobody else keeps the body from coming. */
  get awaitsClient(): boolean {
    return !this.done && this.canTake && !this.#awaitsContinue;
  }

  /** Whether it was sent in one piece, and so can be once more. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** A new request begins. @throws ERR_HTTP_BODY_TOO_LARGE */
  start(head: RequestHead): void {
    this.#head = head;
    this.#awaitsContinue = head.expectsContinue;
    this.#body.start(head.framing, head.contentLength, this.#out, true);
    this.#checkLength(head.contentLength);
  }

  /**
   * Takes more of the body. What comes before there is a connection is gathered.
   *
   * @returns the index of the first byte that does not belong to it
   * @throws ERR_HTTP_BAD_REQUEST - malformed chunks
   * @throws ERR_HTTP_BODY_TOO_LARGE
   */
  read(buffer: Buffer, start: number, end: number): number {
    if (start < end) this.#awaitsContinue = false;
    const consumed = this.#body.read(buffer, start, end);
    this.#checkLength(this.bytes);
    return consumed;
  }

  /** The backend told the client to go on. */
  continue(): void {
    this.#awaitsContinue = false;
  }

  /** Sends what {@link Upload.read} has gathered. */
  flush(): void {
    this.#out.flush();
  }

  /** Sends the head and what there is of the body, or all of it once more. */
  send(connection: BackendConnection, backend: Backend, sink: ResponseSink): void {
    const body = this.#isKept ? this.#kept : this.#out.gathered;
    this.#isKept = this.done;
    this.#kept = this.#isKept ? body : '';
    this.#out.clear();
    connection.begin(this.#head.method, this.#out, sink);
    this.#out.text(this.#heads.say(this.#head, backend.address) + body);
    this.#out.flush();
  }

  /** The exchange is over: forgets what it holds. */
  end(): void {
    this.#out.clear();
    this.#out.socket = undefined;
    this.#isKept = false;
    this.#kept = '';
  }

  #checkLength(bytes: number): void {
    if (this.#limit > 0 && bytes > this.#limit) throw bodyTooLarge(this.#limit);
  }
}
