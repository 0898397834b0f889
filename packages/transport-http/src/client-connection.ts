import type { FastSocket, Seat, SocketHandler, Timed } from '@millpond/transport-tcp';
import type { ClientSide } from './client-side.ts';
import type { Engine } from './engine.ts';
import { Exchange } from './exchange.ts';
import type { FrontendContext } from './frontend-context.ts';
import { cutOff, requestTimedOut, toHttpError, type HttpError } from './http-errors.ts';
import { Origin } from './origin.ts';
import { Outgoing } from './outgoing.ts';
import { refuse } from './refusal.ts';
import type { RequestHead } from './request-head.ts';
import { RequestReader } from './request-reader.ts';
import type { HandedOver } from './tunnel.ts';

/** Bytes of pipelined requests that are kept while one is being answered; beyond, reading stops. */
const MAX_PIPELINED_BYTES = 65_536;
/** How long a connection that we have ended is read on, so that a reset does not overtake the response. */
const LINGER_MS = 2000;

/**
 * - `head`: a request is awaited or its head is coming;
 * - `body`: the body of a request is coming;
 * - `busy`: a request has been read and is being answered;
 * - `tunnel`: another protocol is spoken, and the socket belongs to the tunnel;
 * - `closing`: the last response is out; what still comes is thrown away;
 * - `closed`: the socket is gone.
 */
type State = 'head' | 'body' | 'busy' | 'tunnel' | 'closing' | 'closed';

/**
 * A client's connection: reads its requests one after the other and has each answered before the next is looked at.
 *
 * It is longer than our files are meant to be: reading, pausing, answering and closing all turn on the one state.
 */
export class ClientConnection implements SocketHandler, Timed, ClientSide {
  readonly frontend: FrontendContext;
  deadline = 0;
  watch: Seat<Timed> | undefined;
  /** Its place among the connections of its listener, which writes it. */
  seat: Seat<ClientConnection> | undefined;
  readonly #engine: Engine;
  readonly #socket: FastSocket;
  readonly #closed: (connection: ClientConnection) => void;
  readonly #requests: RequestReader;
  readonly #out = new Outgoing();
  readonly #origin: Origin;
  readonly #exchange: Exchange;
  #state: State = 'head';
  /** Bytes that came after the request that is being answered. */
  #pipelined: Buffer | undefined;
  #isReading = false;
  /** What is being read is what was pipelined, not a socket's buffer. */
  #isReadingOn = false;
  #isPaused = false;
  #requestCount = 0;
  /** When the first bytes of the head that is coming came; -1 where none of it did before the bytes that are being read. */
  #headBegunAt = -1;
  #draining = false;

  /** @param closed - told, once, that it is gone */
  constructor(
    engine: Engine,
    socket: FastSocket,
    frontend: FrontendContext,
    closed: (connection: ClientConnection) => void,
  ) {
    this.#engine = engine;
    this.#socket = socket;
    this.frontend = frontend;
    this.#closed = closed;
    this.#requests = new RequestReader(frontend.limits, frontend.latestSection);
    this.#out.socket = socket;
    this.#origin = new Origin(frontend, socket.remoteAddress);
    this.#exchange = new Exchange(engine, this, this.#out, this.#origin);
    socket.handler = this;
    engine.deadlines.add(this);
    this.setDeadline(frontend.timeouts.headerMs);
    socket.resume();
  }

  /** Closes it now if it is idle, else after the response that is under way; a tunnel goes on until it ends by itself. */
  drain(): void {
    this.#draining = true;
    if (this.#state === 'head' && !this.#requests.isWithinHead) this.#close();
  }

  /** Cuts it off. */
  destroy(): void {
    if (this.#state === 'tunnel') {
      this.#exchange.abortTunnel();
      return;
    }
    this.#socket.flush();
    if (this.#exchange.isIdle) {
      this.#closeNow();
      return;
    }
    this.#exchange.abort(cutOff());
    this.#socket.reset();
  }

  // --- called by the exchange -----------------------------------------------------------------------------------------

  get pending(): number {
    return this.#socket.pending;
  }

  get isFull(): boolean {
    return this.#socket.isFull;
  }

  get canKeepAlive(): boolean {
    const { requestsPerConnection } = this.frontend.limits;
    return !this.#draining && (requestsPerConnection === 0 || this.#requestCount < requestsPerConnection);
  }

  setDeadline(ms: number): void {
    this.deadline = ms === 0 ? 0 : this.#engine.deadlines.now + ms;
  }

  notifyDrain(): void {
    this.#socket.notifyDrain();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  finished(keepAlive: boolean): void {
    if (this.#state === 'closed') return;
    if (!keepAlive || this.#draining) {
      this.#close();
      return;
    }
    this.#state = 'head';
    this.setDeadline(this.frontend.timeouts.idleMs);
    if (!this.#isReading) this.#readOn();
  }

  cut(): void {
    this.#state = 'closing';
    // A reset, for where the end of the connection would be the end of the body.
    this.#socket.reset();
  }

  handOver(): HandedOver {
    const early = this.#pipelined?.toString('latin1') ?? '';
    this.#state = 'tunnel';
    this.#pipelined = undefined;
    this.deadline = 0;
    return { socket: this.#socket, early };
  }

  tunnelEnded(): void {
    this.onClose();
  }

  // --- called by the socket -------------------------------------------------------------------------------------------

  onData(buffer: Buffer, length: number): boolean {
    const goesOn = this.#read(buffer, 0, length);
    this.#isPaused = !goesOn;
    return goesOn;
  }

  /** A client that ends its side takes no more interest, as nginx has it; one that waits for an answer is lost by that. */
  onEnd(): void {
    this.#socket.flush();
    const isAnswered = this.#exchange.isIdle && this.#socket.pending > 0;
    if (!isAnswered) this.#socket.destroy();
    else if (this.#state !== 'closing') this.#endOurSide();
  }

  onDrain(): void {
    // More may have been written since this was asked for.
    if (this.#socket.pending > 0) this.#socket.notifyDrain();
    else if (!this.#exchange.isIdle) this.#exchange.onClientDrain();
    else if (this.#state === 'head') this.#readOn();
    else if (this.#state === 'closing') this.setDeadline(LINGER_MS);
  }

  onDeadline(): void {
    this.deadline = 0;
    if (!this.#exchange.isIdle) this.#exchange.onDeadline();
    else if (this.#state === 'head' && this.#requests.isWithinHead) this.#refuse(requestTimedOut());
    else this.#closeNow();
  }

  onClose(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#engine.deadlines.remove(this);
    this.#exchange.abort();
    this.#closed(this);
  }

  // --- reading --------------------------------------------------------------------------------------------------------

  /** The state, to be read again after calls that may have changed it. */
  #stateNow(): State {
    return this.#state;
  }

  /** @returns whether to go on reading */
  #read(buffer: Buffer, start: number, end: number): boolean {
    this.#isReading = true;
    try {
      return this.#take(buffer, start, end);
    } catch (error) {
      // What has come behind the request is lost with this.
      this.#draining = true;
      if (this.#exchange.isIdle) this.#refuse(toHttpError(error));
      else this.#exchange.fail(toHttpError(error));
      return true;
    } finally {
      this.#isReading = false;
    }
  }

  #take(buffer: Buffer, start: number, end: number): boolean {
    switch (this.#state) {
      case 'head':
        // Who does not take the answers gets no more of them: they would pile up here.
        return this.#pipelined === undefined && !this.#socket.isFull
          ? this.#readRequests(buffer, start, end)
          : this.#keep(buffer, start, end);
      case 'body':
        return this.#readBody(buffer, start, end);
      case 'busy':
        return this.#keep(buffer, start, end);
      default:
        return true;
    }
  }

  #readRequests(buffer: Buffer, from: number, end: number): boolean {
    for (let start = from; start < end;) {
      const wasWithinHead = this.#requests.isWithinHead;
      const head = this.#requests.read(buffer, start, end);
      if (head === undefined) {
        if (!wasWithinHead && this.#requests.isWithinHead) {
          this.#headBegunAt = this.#engine.clock.now();
          this.setDeadline(this.frontend.timeouts.headerMs);
        }
        return true;
      }
      start = this.#begin(head, buffer, this.#requests.next, end);
      if (this.#stateNow() === 'body') return this.#exchange.wantsBody;
      if (this.#stateNow() !== 'head') return this.#take(buffer, start, end);
      // Answered there and then; but answers must not pile up here.
      if (start < end && this.#socket.isFull) return this.#keep(buffer, start, end);
    }
    return true;
  }

  #begin(head: RequestHead, buffer: Buffer, bodyStart: number, end: number): number {
    this.#requestCount++;
    this.#headBegunAt = -1;
    this.#state = head.framing === 'none' ? 'busy' : 'body';
    const next = this.#exchange.begin(head, buffer, bodyStart, end);
    if (this.#stateNow() === 'body' && this.#exchange.requestDone) this.#state = 'busy';
    return next;
  }

  #readBody(buffer: Buffer, start: number, end: number): boolean {
    const next = this.#exchange.readBody(buffer, start, end);
    if (!this.#exchange.requestDone) return this.#exchange.wantsBody;
    this.#state = 'busy';
    return this.#keep(buffer, next, end);
  }

  #keep(buffer: Buffer, start: number, end: number): boolean {
    if (start < end) {
      const more = buffer.subarray(start, end);
      if (this.#pipelined !== undefined) this.#pipelined = Buffer.concat([this.#pipelined, more]);
      else this.#pipelined = this.#isReadingOn ? more : Buffer.from(more);
      if (this.#state === 'head') this.#socket.notifyDrain();
    }
    return (this.#pipelined?.length ?? 0) < MAX_PIPELINED_BYTES;
  }

  /** Goes on with what was pipelined, as soon as the client has taken what it was sent: so it cannot pile up. */
  #readOn(): void {
    const pipelined = this.#pipelined;
    if (pipelined === undefined) {
      this.resume();
    } else if (this.#socket.isFull) {
      this.#socket.notifyDrain();
    } else {
      this.#pipelined = undefined;
      this.#isReadingOn = true;
      const goesOn = this.#read(pipelined, 0, pipelined.length);
      this.#isReadingOn = false;
      if (goesOn) {
        this.resume();
      } else {
        this.#socket.pause();
        this.#isPaused = true;
      }
    }
  }

  // --- closing --------------------------------------------------------------------------------------------------------

  /** Answers what is not even a request, and closes. */
  #refuse(error: HttpError): void {
    if (this.#state !== 'head') return;
    const { app } = this.frontend;
    const begunAt = this.#headBegunAt === -1 ? this.#engine.clock.now() : this.#headBegunAt;
    refuse(this.#engine, { app, clientAddress: this.#origin.peer, begunAt, ...this.#requests.line }, this.#out, error);
    this.#endOurSide();
  }

  /** Closes when the last response is out; reads on for a while where the client may still be sending. */
  #close(): void {
    const isReadWhole = this.#state === 'busy' || this.#state === 'head';
    this.#socket.flush();
    const isOut = this.#socket.pending === 0 && !this.#socket.encrypted;
    if (!isReadWhole || this.#pipelined !== undefined || !isOut) {
      this.#endOurSide();
      return;
    }
    this.#state = 'closing';
    this.#socket.destroy();
  }

  /** Without waiting; by a reset where an answer has not been taken whole, as its end may be that of the connection. */
  #closeNow(): void {
    if (this.#socket.pending > 0) this.#socket.reset();
    else this.#socket.destroy();
  }

  #endOurSide(): void {
    this.#state = 'closing';
    this.#pipelined = undefined;
    this.#socket.flush();
    if (this.#socket.pending > 0) {
      this.setDeadline(this.frontend.timeouts.idleMs);
      this.#socket.notifyDrain();
    } else {
      this.setDeadline(LINGER_MS);
    }
    this.#socket.end();
    this.resume();
  }
}
