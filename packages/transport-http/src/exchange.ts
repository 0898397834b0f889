import type { ExchangeTimeouts, Lease, RequestResult, Route, RouteRequest } from '@millpond/contracts';
import { Answer } from './answer.ts';
import type { BackendConnection, ResponseSink } from './backend-connection.ts';
import { Borrower, type Holder } from './borrower.ts';
import type { ClientSide } from './client-side.ts';
import type { Engine } from './engine.ts';
import { ExchangeDeadline } from './exchange-deadline.ts';
import { findField } from './field-block.ts';
import { FilterRun } from './filter-run.ts';
import { backendReset, isOurFault, noRoute, toHttpError, unavailable, type HttpError } from './http-errors.ts';
import type { Origin } from './origin.ts';
import { LONG_PIECE, type Outgoing } from './outgoing.ts';
import { isReplayable } from './replay.ts';
import { redirectReply } from './redirect-reply.ts';
import { errorReply, type Reply } from './replies.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { Tunnel, type HandedOver } from './tunnel.ts';
import { checkSwitch } from './upgrade.ts';
import { Upload } from './upload.ts';

/**
 * - `idle`: nothing to do;
 * - `waiting`: a filter or a connection is awaited;
 * - `sent`: the request is with the backend, or on its way there;
 * - `answering`: the response has begun;
 * - `tunnel`: both sides speak another protocol.
 */
type State = 'idle' | 'waiting' | 'sent' | 'answering' | 'tunnel';

/** After these the client's connection is closed: what follows on it cannot be trusted, or will not come. */
const CLOSING_STATUSES: ReadonlySet<number> = new Set([400, 408, 413]);

/**
 * One request and its response at a time: route → filters → lease → request → response → release. There is one per
 * client connection, used again for each of its requests, so that a request costs no object but its two heads.
 *
 * It has three callers: the client's connection, the backend's (as {@link ResponseSink}) and the borrower (as
 * {@link Holder}). It is longer than our files are meant to be because it is the one owner of the response: what may
 * happen in which state should be seen in one place.
 */
export class Exchange implements RouteRequest, ResponseSink, Holder {
  readonly clientId = undefined;
  readonly #engine: Engine;
  readonly #client: ClientSide;
  readonly #origin: Origin;
  readonly #borrower: Borrower;
  readonly #upload: Upload;
  readonly #answer: Answer;
  readonly #deadline: ExchangeDeadline;
  #state: State = 'idle';
  #head!: RequestHead;
  #route: Route<BackendConnection> | undefined;
  #filters: FilterRun | undefined;
  #tunnel: Tunnel | undefined;
  #replayed = false;
  #startedAt = 0;

  constructor(engine: Engine, client: ClientSide, toClient: Outgoing, origin: Origin) {
    this.#engine = engine;
    this.#client = client;
    this.#origin = origin;
    this.#borrower = new Borrower(engine, this);
    this.#upload = new Upload(client.frontend.limits, origin);
    this.#answer = new Answer(toClient);
    this.#deadline = new ExchangeDeadline(engine, client, this.#upload, this.#answer);
  }

  get clientAddress(): string {
    return this.#origin.clientAddress;
  }

  get host(): string {
    return this.#head.host;
  }

  get path(): string {
    return this.#head.path;
  }

  header(name: string): string | undefined {
    return findField(this.#head.block, name);
  }

  // --- called by the client's connection ------------------------------------------------------------------------------

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** Whether the request has been read whole. */
  get requestDone(): boolean {
    return this.#upload.done;
  }

  /** Whether more of the request body can be taken now. */
  get wantsBody(): boolean {
    return this.#upload.canTake;
  }

  /**
   * A request has come.
   *
   * @returns the index of the first byte of `buffer` that does not belong to it
   * @throws what ends the exchange: hand it to {@link Exchange.fail}
   */
  begin(head: RequestHead, buffer: Buffer, start: number, end: number): number {
    this.#state = 'waiting';
    this.#head = head;
    this.#route = undefined;
    this.#filters = undefined;
    this.#replayed = false;
    this.#origin.begin(head);
    this.#startedAt = this.#engine.clock.now();
    this.#answer.start();
    this.#deadline.start();
    // A short body goes out in one write with the head, and can be sent once more. A long one is not gathered, but
    // written from where it was read, if there is a connection by then.
    const isLong = end - start >= LONG_PIECE && head.framing !== 'none';
    this.#upload.start(head);
    if (isLong) {
      this.#findRoute(true);
      return this.isIdle ? end : this.readBody(buffer, start, end);
    }
    const consumed = head.framing === 'none' ? start : this.#upload.read(buffer, start, end);
    this.#findRoute(!this.#upload.done);
    return consumed;
  }

  /** More of the request body has come. @returns and throws like {@link Exchange.begin} */
  readBody(buffer: Buffer, start: number, end: number): number {
    const consumed = this.#upload.read(buffer, start, end);
    this.#upload.flush();
    this.#restartDeadline();
    if (!this.#upload.done && !this.#upload.canTake) this.#borrower.lease?.connection.notifyDrain();
    return consumed;
  }

  /** The client has taken what was written to it. */
  onClientDrain(): void {
    if (this.#state === 'answering') this.#restartDeadline();
    this.#borrower.lease?.connection.resume();
  }

  /** The client is gone. @param error - why, where that is not its own doing */
  abort(error?: HttpError): void {
    if (this.#state !== 'idle') this.#end('aborted', error);
  }

  /** Cuts off both ends of the tunnel. */
  abortTunnel(): void {
    this.#tunnel?.abort();
  }

  /** The deadline has passed. */
  onDeadline(): void {
    const { error, result } = this.#deadline.failure(this.#timeouts, this.#state === 'answering');
    this.fail(error, result);
  }

  /** Ends the exchange with an error: told to the client if its response has not begun, else the client is cut off. */
  fail(error: HttpError, result: RequestResult = 'refused'): void {
    if (isOurFault(error)) this.#engine.noteFault(error);
    if (this.#state === 'answering') {
      this.#end(result, error);
      this.#client.cut();
    } else if (this.#state !== 'idle') {
      const reply = errorReply(error, this.#head.method, this.header('accept'));
      this.#reply(reply, !CLOSING_STATUSES.has(error.status), result, error);
    }
  }

  // --- called by the borrower -----------------------------------------------------------------------------------------

  onLease(lease: Lease<BackendConnection>): void {
    this.#state = 'sent';
    if (!lease.connection.isReusable) {
      // Closed since it was lent: nothing was said on it, so any request may go out on another.
      this.#replayOr(lease, backendReset(undefined));
      return;
    }
    this.#upload.send(lease.connection, lease.backend, this);
    if (this.#upload.done) return;
    this.#restartDeadline();
    this.onBackendDrain();
  }

  onUnavailable(error: unknown): void {
    this.fail(unavailable(error), 'connect-failed');
  }

  onFault(error: unknown): void {
    this.fail(toHttpError(error));
  }

  // --- called by the backend's connection -----------------------------------------------------------------------------

  onInformational(head: ResponseHead): void {
    if (head.status === 100) {
      this.#upload.continue();
      this.#restartDeadline();
    }
    // An HTTP/1.0 client does not know them (RFC 9110 §15.2).
    if (this.#head.minorVersion === 1) this.#answer.inform(head);
  }

  onResponse(head: ResponseHead): boolean {
    this.#noteAnswered(head.status);
    if (this.#filters === undefined) {
      this.#startResponse(head);
      return true;
    }
    return this.#filterResponse(this.#filters, head);
  }

  onSwitch(head: ResponseHead): void {
    checkSwitch(this.#head.upgrade, head.upgrade);
    this.#noteAnswered(head.status);
    if (this.#filters === undefined) {
      this.#switchSoon(head);
      return;
    }
    this.#filters.response(head, (error) =>
      this.#contain(() => {
        if (error === undefined) this.#switchSoon(head);
        else this.fail(error);
      }),
    );
  }

  onProgress(): boolean {
    this.#answer.flush();
    this.#restartDeadline();
    if (!this.#client.isFull) return true;
    this.#client.notifyDrain();
    return false;
  }

  onComplete(): void {
    if (!this.#upload.isSent) this.#borrower.lease?.connection.spoil();
    this.#end('completed', undefined);
    this.#client.finished(this.#answer.keepAlive);
  }

  onFailure(error: HttpError): void {
    const { lease } = this.#borrower;
    if (lease === undefined) return;
    const isReset = error.code === 'ERR_HTTP_BACKEND_RESET';
    const isStale = isReset && lease.reused && !lease.connection.hasResponded;
    const maySendAgain = isReplayable(this.#head.method) || lease.connection.isUnsent;
    if (isStale && this.#upload.isKept && maySendAgain) this.#replayOr(lease, error);
    else if (isReset) this.fail(error, isStale ? 'stale' : 'reset');
    else this.fail(error, isOurFault(error) ? 'refused' : 'bad-response');
  }

  onBackendDrain(): void {
    if (this.#upload.done) return;
    if (this.#upload.canTake) {
      this.#restartDeadline();
      this.#client.resume();
    } else {
      this.#borrower.lease?.connection.notifyDrain();
    }
  }

  // --- the way there --------------------------------------------------------------------------------------------------

  get #timeouts(): ExchangeTimeouts {
    return this.#route?.timeouts ?? this.#client.frontend.timeouts;
  }

  #restartDeadline(): void {
    this.#deadline.restart(this.#timeouts, this.#state === 'answering');
  }

  /** @param isUrgent - more of the body is there, or will be soon, for which there should be a connection by then */
  #findRoute(isUrgent: boolean): void {
    const { handler, redirectToPort } = this.#client.frontend;
    if (redirectToPort !== undefined && !this.#origin.isSecure) {
      this.#reply(redirectReply(this.#head, redirectToPort), true, 'completed', undefined);
      return;
    }
    const route = handler.route(this);
    if (route === undefined) {
      this.fail(noRoute());
      return;
    }
    this.#route = route;
    // One deadline for the filters, the connection and the answer.
    this.#restartDeadline();
    if (route.filters.length > 0) this.#filterRequest(route, isUrgent);
    else this.#borrow(route, isUrgent);
  }

  #borrow({ upstream }: Route<BackendConnection>, isUrgent: boolean): void {
    if (isUrgent) this.#borrower.acquireNow(upstream);
    else this.#borrower.acquire(upstream);
  }

  #filterRequest(route: Route<BackendConnection>, isUrgent: boolean): void {
    const filters = new FilterRun(route.filters, this.#head, this.clientAddress);
    this.#filters = filters;
    filters.request((error) =>
      this.#contain(() => {
        if (error !== undefined) this.fail(error);
        else if (filters.reply !== undefined) this.#reply(filters.reply, true, 'completed', undefined);
        else this.#borrow(route, isUrgent);
      }),
    );
  }

  /** Sends the request once more on a new connection, if it may be and has not been; else fails. */
  #replayOr(lease: Lease<BackendConnection>, error: HttpError): void {
    if (this.#replayed || this.#route?.replayStale !== true) {
      this.fail(error, 'stale');
      return;
    }
    this.#replayed = true;
    this.#state = 'waiting';
    this.#borrower.renew(lease, this.#route.upstream);
  }

  // --- the way back ---------------------------------------------------------------------------------------------------

  #filterResponse(filters: FilterRun, head: ResponseHead): boolean {
    let isHeld = false;
    let goesOn = false;
    filters.response(head, (error) =>
      this.#contain(() => {
        if (error !== undefined) {
          this.fail(error);
          return;
        }
        this.#startResponse(head);
        goesOn = true;
        if (isHeld) this.#borrower.lease?.connection.proceed();
      }),
    );
    isHeld = true;
    return goesOn;
  }

  #startResponse(head: ResponseHead): void {
    const { lease } = this.#borrower;
    if (lease === undefined) return;
    this.#state = 'answering';
    // What is not read of the request by now may never come, so the connection cannot be counted on (RFC 9112 §9.3).
    const mayKeepAlive = this.#upload.done && this.#client.canKeepAlive;
    this.#answer.relay(head, lease.connection, this.#head, mayKeepAlive);
  }

  /** Opens the tunnel as soon as the callback of the backend's socket, which may be under way, is over. */
  #switchSoon(head: ResponseHead): void {
    const connection = this.#borrower.lease?.connection;
    queueMicrotask(() => {
      const backend = connection?.handOver();
      if (backend !== undefined) this.#openTunnel(head, backend);
    });
  }

  #openTunnel(head: ResponseHead, backend: HandedOver): void {
    this.#state = 'tunnel';
    this.#answer.switchProtocols(head);
    const { tunnelMs } = this.#timeouts;
    this.#tunnel = new Tunnel(this.#engine, this.#client.handOver(), backend, tunnelMs, (end) => {
      this.#tunnel = undefined;
      const error = end.errorCode === undefined ? undefined : { code: end.errorCode };
      this.#end(end.result, error, end.bytesIn, end.bytesOut);
      this.#client.tunnelEnded();
    });
  }

  /** Answers in the backend's place. */
  #reply(reply: Reply, mayKeepAlive: boolean, result: RequestResult, error: HttpError | undefined): void {
    this.#filters?.replied(reply.head);
    this.#answer.reply(reply, this.#head, mayKeepAlive && this.#upload.done && this.#client.canKeepAlive);
    this.#end(result, error);
    this.#client.finished(this.#answer.keepAlive);
  }

  /** Gives everything back and tells what there was. */
  #end(
    result: RequestResult,
    error: { readonly code: string; readonly message?: string } | undefined,
    bytesIn = this.#upload.bytes,
    bytesOut = this.#answer.bytes,
  ): void {
    const backend = this.#borrower.lease?.backend;
    this.#state = 'idle';
    this.#upload.end();
    // Whatever was refused, it was not for the backend's sake.
    this.#borrower.end(result === 'refused' ? 'aborted' : result, bytesIn, bytesOut);
    this.#filters?.end(bytesOut, result === 'completed' && error === undefined, this.#engine.noteFault);
    this.#engine.requestEnded({
      app: this.#client.frontend.app,
      protocol: 'http',
      clientAddress: this.clientAddress,
      upstream: this.#route?.upstream.name,
      backend,
      method: this.#head.method,
      target: this.#head.target,
      status: this.#answer.status,
      bytesIn,
      bytesOut,
      durationMs: this.#engine.clock.now() - this.#startedAt,
      result,
      errorCode: error?.code,
      reason: error?.message,
    });
  }

  #noteAnswered(status: number): void {
    try {
      this.#borrower.lease?.answered(status);
    } catch (error) {
      this.#engine.noteFault(error);
    }
  }

  /** Runs what may run outside a socket's callback, so that what it throws ends the exchange and not the process. */
  #contain(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(toHttpError(error));
    }
  }
}
