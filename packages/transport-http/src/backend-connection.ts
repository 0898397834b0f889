import type { Connection } from '@millpond/contracts';
import type { Deadlines, FastSocket, Seat, SocketHandler, Timed } from '@millpond/transport-tcp';
import { BodyReader } from './body-reader.ts';
import { RESPONSE_CHUNK_LIMITS } from './chunk-limits.ts';
import { HeadReader } from './head-reader.ts';
import { backendReset, badResponse, toHttpError, withReceivedStatus, type HttpError } from './http-errors.ts';
import { idleHintMs } from './idle-hint.ts';
import type { Outgoing } from './outgoing.ts';
import {
  parseResponse,
  RESPONSE_HEADS,
  responseTo,
  statusIn,
  type ParsedResponse,
  type ResponseHead,
} from './response-head.ts';
import type { HandedOver } from './tunnel.ts';

/** Bytes of a response head; beyond, the response is refused. */
const MAX_RESPONSE_HEAD = 65536;
/** 1xx responses before the final one; beyond, the response is refused. */
const MAX_INFORMATIONAL = 32;

const NOTHING = Buffer.alloc(0);

/** Gets the response to the request of one exchange; see {@link BackendConnection.begin}. */
export interface ResponseSink {
  /** A 1xx head has come; others follow. */
  onInformational(head: ResponseHead): void;
  /**
   * The final head has come. The sink says where the body goes.
   *
   * @returns false to have the body wait until {@link BackendConnection.proceed}
   */
  onResponse(head: ResponseHead): boolean;
  /**
   * A 101 has come. The sink may take the socket by {@link BackendConnection.handOver}, after this call.
   *
   * @throws HttpError - it was not asked for
   */
  onSwitch(head: ResponseHead): void;
  /** What was read has been passed on. @returns false to stop reading until {@link BackendConnection.resume} */
  onProgress(): boolean;
  /** The response is whole. */
  onComplete(): void;
  /** There will be no (more) response. The connection is gone. */
  onFailure(error: HttpError): void;
  /** What was written to the backend has been taken. */
  onBackendDrain(): void;
}

type State = 'idle' | 'head' | 'held' | 'body' | 'switching' | 'handed-over' | 'closed';

/**
 * An HTTP/1.1 connection to a backend; carries one exchange after the other.
 *
 * One that is idle closes at the first byte or end that comes: whatever it is, it answers nothing that was asked
 * (RFC 9112 §9.2). So does one that has been idle for nearly as long as its server said it would wait.
 *
 * It is longer than our files are meant to be: reading, holding, switching and closing all turn on the one state.
 */
export class BackendConnection implements Connection, SocketHandler, Timed {
  readonly capacity = 1;
  /** When it has been idle for too long; 0 while it is not idle, and where its server has not said. */
  deadline = 0;
  watch: Seat<Timed> | undefined;
  readonly #socket: FastSocket;
  readonly #deadlines: Deadlines;
  readonly #heads = new HeadReader<ParsedResponse>(RESPONSE_HEADS);
  readonly #body = new BodyReader(badResponse, RESPONSE_CHUNK_LIMITS);
  #state: State = 'idle';
  #sink: ResponseSink | undefined;
  #method = '';
  /** What came behind a head that is held, or behind a 101. */
  #held: Buffer = NOTHING;
  #informational = 0;
  #isKept = true;
  #gotBytes = false;
  /** Writes on the socket before the current request. */
  #writesBefore = 0;
  #idleHint = '';
  #idleMs = Infinity;
  #onIdleClose: () => void = () => undefined;

  constructor(socket: FastSocket, deadlines: Deadlines) {
    this.#socket = socket;
    this.#deadlines = deadlines;
    socket.handler = this;
    socket.resume();
  }

  get isReusable(): boolean {
    if (this.deadline !== 0 && this.deadline <= this.#deadlines.now) return false;
    return this.#state === 'idle' && this.#isKept && this.#socket.writable;
  }

  /** Whether any byte of the current response has come. */
  get hasResponded(): boolean {
    return this.#gotBytes;
  }

  /** Whether nothing of the current request has been written: it waits for the end of the turn, or will not come to it. */
  get isUnsent(): boolean {
    return this.#socket.writes === this.#writesBefore;
  }

  /** Body bytes of the current response, so far. */
  get bodyBytes(): number {
    return this.#body.bytes;
  }

  /** Bytes that the kernel has not taken yet. */
  get pending(): number {
    return this.#socket.pending;
  }

  onIdleClose(listener: () => void): void {
    this.#onIdleClose = listener;
  }

  /** Closes it at once; an exchange that is under way fails by it, a tunnel by a reset. */
  close(): void {
    if (this.#state === 'handed-over') this.#socket.reset();
    else this.#fail(backendReset(undefined));
  }

  /** Begins an exchange: `out` is where the request is to be written, `sink` gets the response. */
  begin(method: string, out: Outgoing, sink: ResponseSink): void {
    this.#state = 'head';
    this.deadline = 0;
    this.#sink = sink;
    this.#method = method;
    this.#informational = 0;
    this.#gotBytes = false;
    this.#writesBefore = this.#socket.writes;
    out.socket = this.#socket;
  }

  /** Where the body of the response goes; said in `onResponse` or before {@link BackendConnection.proceed}. */
  pipeBody(head: ResponseHead, out: Outgoing, keepChunks: boolean): void {
    this.#body.start(head.framing, head.contentLength, out, keepChunks);
  }

  /** The request is not out, though its response is whole; nothing more can be sent on this connection. */
  spoil(): void {
    this.#isKept = false;
  }

  notifyDrain(): void {
    this.#socket.notifyDrain();
  }

  resume(): void {
    if (this.#state !== 'held' && this.#state !== 'switching') this.#socket.resume();
  }

  /** Goes on with a body that `onResponse` had wait. */
  proceed(): void {
    if (this.#state !== 'held') return;
    const held = this.#held;
    this.#held = NOTHING;
    this.#state = 'body';
    if (this.#read(held, held.length)) this.#socket.resume();
  }

  /**
   * Gives away its socket, paused, and with it what the backend has said since its 101. Not within `onSwitch`, where the
   * socket is still being read.
   *
   * @returns undefined if the connection has been closed since then
   */
  handOver(): HandedOver | undefined {
    if (this.#state !== 'switching') return undefined;
    const early = this.#held.toString('latin1');
    this.#held = NOTHING;
    this.#sink = undefined;
    this.#state = 'handed-over';
    // Its own close will not be told here any more.
    this.#deadlines.remove(this);
    return { socket: this.#socket, early };
  }

  onData(buffer: Buffer, length: number): boolean {
    return this.#read(buffer, length);
  }

  onEnd(): void {
    if (this.#state === 'body' && this.#body.endOfConnection()) {
      this.#isKept = false;
      this.#sink?.onProgress();
      this.#complete();
      this.close();
    } else {
      this.#lost(undefined);
    }
  }

  onDrain(): void {
    this.#sink?.onBackendDrain();
  }

  onDeadline(): void {
    this.deadline = 0;
    if (this.#state === 'idle') this.#die();
  }

  onClose(error: Error | undefined): void {
    this.#lost(error);
  }

  /** @returns whether to go on reading */
  #read(buffer: Buffer, length: number): boolean {
    try {
      switch (this.#state) {
        case 'head':
          // Said before it was asked: to be taken for no answer (RFC 9112 §9.2).
          if (this.isUnsent) throw backendReset(undefined);
          this.#gotBytes = true;
          return this.#readHeads(buffer, length);
        case 'body':
          return this.#readBody(buffer, 0, length);
        case 'idle':
          this.#die();
          return false;
        default:
          return false;
      }
    } catch (error) {
      this.#fail(withReceivedStatus(toHttpError(error), statusIn(this.#heads.latest)));
      return false;
    }
  }

  #readHeads(buffer: Buffer, end: number): boolean {
    const sink = this.#sink;
    if (sink === undefined) return false;
    for (let start = 0; start < end;) {
      start = this.#heads.read(buffer, start, end);
      const bytes = start === -1 ? this.#heads.length : this.#heads.end;
      if (bytes > MAX_RESPONSE_HEAD) throw badResponse(`a head longer than ${MAX_RESPONSE_HEAD} bytes`);
      if (start === -1) return true;
      const head = this.#parseHead();
      if (head.status >= 200) return this.#beginBody(head, buffer, start, end, sink);
      if (head.status === 101) return this.#switch(head, buffer, start, end, sink);
      if (++this.#informational > MAX_INFORMATIONAL) throw badResponse('too many 1xx responses');
      sink.onInformational(head);
    }
    return true;
  }

  #parseHead(): ResponseHead {
    const { text, end, known } = this.#heads;
    const parsed = known ?? parseResponse(text, 0, end);
    this.#heads.remember(parsed);
    return responseTo(this.#method, parsed, known !== undefined);
  }

  #beginBody(head: ResponseHead, buffer: Buffer, start: number, end: number, sink: ResponseSink): boolean {
    this.#isKept &&= head.keepAlive && head.framing !== 'close';
    if (head.keepAliveHint !== this.#idleHint) this.#heed(head.keepAliveHint);
    this.#state = 'body';
    if (sink.onResponse(head)) return this.#readBody(buffer, start, end);
    if (this.#isClosed()) return false;
    this.#held = Buffer.from(buffer.subarray(start, end));
    this.#state = 'held';
    return false;
  }

  #switch(head: ResponseHead, buffer: Buffer, start: number, end: number, sink: ResponseSink): boolean {
    this.#state = 'switching';
    this.#held = Buffer.from(buffer.subarray(start, end));
    sink.onSwitch(head);
    return false;
  }

  #readBody(buffer: Buffer, start: number, end: number): boolean {
    const consumed = this.#body.read(buffer, start, end);
    const goOn = this.#sink?.onProgress() ?? false;
    if (!this.#body.done) return goOn;
    if (consumed < end) this.#isKept = false;
    this.#complete();
    return true;
  }

  #complete(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#state = 'idle';
    if (this.#idleMs !== Infinity) this.deadline = this.#deadlines.now + this.#idleMs;
    sink?.onComplete();
  }

  /** Most servers say the same with every response. */
  #heed(hint: string): void {
    this.#idleHint = hint;
    this.#idleMs = idleHintMs(hint);
    if (this.#idleMs === 0) this.#isKept = false;
    else if (this.#idleMs !== Infinity) this.#deadlines.add(this);
  }

  #fail(error: HttpError): void {
    const sink = this.#sink;
    this.#shut();
    sink?.onFailure(error);
  }

  #shut(): void {
    this.#sink = undefined;
    this.#state = 'closed';
    this.#deadlines.remove(this);
    this.#socket.destroy();
  }

  #lost(cause: Error | undefined): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'idle') this.#die();
    else this.#fail(backendReset(cause));
  }

  #die(): void {
    this.#shut();
    this.#onIdleClose();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}
