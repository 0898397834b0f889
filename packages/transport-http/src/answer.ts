import type { BackendConnection } from './backend-connection.ts';
import { clientInformationalHead, clientResponseHead, type ClientFraming } from './forward-head.ts';
import type { Outgoing } from './outgoing.ts';
import type { Reply } from './replies.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';

/** Of a 101: no word on what becomes of the connection, as it is no HTTP connection any more. */
const SWITCHING: ClientFraming = { chunked: false, keepAlive: true, minorVersion: 1 };

/** One response after the other on its way to the client. */
export class Answer {
  /** What the client got; 0 while it has got nothing. */
  status = 0;
  /** Whether the client was told that its connection stays open. */
  keepAlive = false;
  readonly #out: Outgoing;
  #replyBytes = 0;
  #source: BackendConnection | undefined;

  /** @param out - where the client is */
  constructor(out: Outgoing) {
    this.#out = out;
  }

  /** Body bytes that were passed on, so far. */
  get bytes(): number {
    return this.#source === undefined ? this.#replyBytes : this.#source.bodyBytes;
  }

  /** A new response is awaited. */
  start(): void {
    this.status = 0;
    this.keepAlive = false;
    this.#replyBytes = 0;
    this.#source = undefined;
  }

  /** Passes on a 1xx head. */
  inform(head: ResponseHead): void {
    this.#out.text(clientInformationalHead(head));
    this.#out.flush();
  }

  /** Says the head of a backend's response; its body follows from `source`. */
  relay(head: ResponseHead, source: BackendConnection, request: RequestHead, mayKeepAlive: boolean): void {
    const chunked = head.framing === 'chunked' && request.minorVersion === 1;
    const endsWithConnection = head.framing === 'close' || (head.framing === 'chunked' && !chunked);
    this.#source = source;
    source.pipeBody(head, this.#out, chunked);
    this.#sayHead(head, chunked, request, mayKeepAlive && !endsWithConnection);
  }

  /** Says a 101: what goes to the client from now on is no HTTP. */
  switchProtocols(head: ResponseHead): void {
    this.status = head.status;
    this.#out.text(clientResponseHead(head, SWITCHING));
    this.#out.flush();
  }

  /** Says a whole response of our own. */
  reply({ head, body }: Reply, request: RequestHead, mayKeepAlive: boolean): void {
    this.#sayHead(head, false, request, mayKeepAlive);
    this.#replyBytes = body.length;
    this.#out.text(body);
    this.#out.flush();
  }

  /** Sends what has been gathered. */
  flush(): void {
    this.#out.flush();
  }

  #sayHead(head: ResponseHead, chunked: boolean, request: RequestHead, mayKeepAlive: boolean): void {
    this.status = head.status;
    this.keepAlive = mayKeepAlive && request.keepAlive;
    const { minorVersion } = request;
    this.#out.text(clientResponseHead(head, { chunked, keepAlive: this.keepAlive, minorVersion }));
  }
}
