import { Socket } from 'node:net';
import { ManualClock } from '@millpond/testkit';
import { Deadlines, FastSocket, ReadBuffers, StreamWire } from '@millpond/transport-tcp';
import { Answer } from '../src/answer.ts';
import { BackendConnection, type ResponseSink } from '../src/backend-connection.ts';
import { DEFAULT_LIMITS } from '../src/http-transport.ts';
import { Outgoing } from '../src/outgoing.ts';
import { parseRequestHead, type RequestHead } from '../src/request-head.ts';
import type { ResponseHead } from '../src/response-head.ts';
import { checkSwitch } from '../src/upgrade.ts';

/** Who asked for a response. */
export interface Asker {
  readonly method: string;
  readonly minorVersion: 0 | 1;
}

/** A response that came whole, and what became of it. */
export interface PassedOn {
  /** The final head; whether it was known before is left out. */
  readonly head: Omit<ResponseHead, 'known'>;
  /** Everything that the client got. */
  readonly toClient: string;
  /** Bytes of the backend's that belong to it. */
  readonly consumed: number;
  /** Whether the client's connection was said to stay open. */
  readonly keepAlive: boolean;
  /** Whether the backend's connection is lent again. */
  readonly isReusable: boolean;
}

/** A response as it was passed on, or why it was not. */
export type Passing = PassedOn | 'refused' | 'unfinished';

/**
 * The way of a response through the proxy, without its sockets: a backend's connection, and the answer to the client.
 * A connection that can be used again is, so that what one response leaves behind would show in the next.
 */
export class ResponseChain {
  readonly #deadlines = new Deadlines(new ManualClock());
  readonly #askers = new Map<string, RequestHead>();
  #connection: BackendConnection | undefined;

  /** Has `text` come from the backend in the pieces that `cuts` make of it, and its end after that. */
  pass(text: string, asker: Asker, cuts: readonly number[]): Passing {
    const connection = (this.#connection ??= this.#connect());
    const sink = new Sink(connection, this.#headOf(asker));
    connection.begin(asker.method, new Outgoing(), sink);
    const wire = Buffer.from(text, 'latin1');
    let start = 0;
    for (let index = 0; index <= cuts.length && sink.isOpen; index++) {
      const end = cuts[index] ?? wire.length;
      if (start < end) connection.onData(wire.subarray(start, end), end - start);
      start = end;
    }
    if (sink.isOpen) {
      sink.hasEnded = true;
      connection.onEnd();
    }
    if (!connection.isReusable) this.#connection = undefined;
    return sink.passing(start, connection.isReusable);
  }

  /** The head of a request that would keep its connection. */
  #headOf({ method, minorVersion }: Asker): RequestHead {
    const text = `${method} / HTTP/1.${minorVersion}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`;
    const head = this.#askers.get(text) ?? parseRequestHead(text, 0, text.length, DEFAULT_LIMITS);
    this.#askers.set(text, head);
    return head;
  }

  #connect(): BackendConnection {
    // It is never connected, so nothing can be written; what would be read is handed to the connection.
    const socket = new FastSocket(new StreamWire(new Socket()), new ReadBuffers());
    // As if something were written all the time: what comes before that is no answer.
    let writes = 0;
    Object.defineProperty(socket, 'writes', { get: () => (writes += 1) });
    return new BackendConnection(socket, this.#deadlines);
  }
}

class Sink implements ResponseSink {
  /** Whether the response is still awaited. */
  isOpen = true;
  /** Whether the backend has ended the connection. */
  hasEnded = false;
  readonly #connection: BackendConnection;
  readonly #request: RequestHead;
  readonly #out = new Outgoing();
  readonly #answer = new Answer(this.#out);
  #head: ResponseHead | undefined;
  #isWhole = false;
  #isRefused = false;

  constructor(connection: BackendConnection, request: RequestHead) {
    this.#connection = connection;
    this.#request = request;
    this.#answer.start();
  }

  passing(consumed: number, isReusable: boolean): Passing {
    if (this.#head !== undefined && this.#isWhole) {
      const { keepAlive } = this.#answer;
      const { known: _, ...head } = this.#head;
      return { head, toClient: this.#out.gathered, consumed, keepAlive, isReusable };
    }
    return this.#isRefused ? 'refused' : 'unfinished';
  }

  onInformational(head: ResponseHead): void {
    if (this.#request.minorVersion === 1) this.#answer.inform(head);
  }

  onResponse(head: ResponseHead): boolean {
    this.#head = head;
    this.#answer.relay(head, this.#connection, this.#request, true);
    return true;
  }

  onSwitch(head: ResponseHead): void {
    checkSwitch(this.#request.upgrade, head.upgrade);
  }

  onProgress(): boolean {
    return true;
  }

  onComplete(): void {
    this.isOpen = false;
    this.#isWhole = true;
  }

  onFailure(): void {
    this.isOpen = false;
    this.#isRefused = !this.hasEnded;
  }

  onBackendDrain(): void {}
}
