/** An HTTP request and its response, as filters see and change them. Valid until {@link Filter.onEnd} returns. */
export interface FilterExchange {
  readonly method: string;
  /** As the client sent it, byte for byte. */
  readonly target: string;
  /** The target without its query. */
  readonly path: string;
  /** Lower case, without a port. */
  readonly host: string;
  readonly clientAddress: string;
  /** Status of the response; 0 until there is one. */
  readonly status: number;
  /** Body bytes of the response: its declared length, -1 where it is not known in advance or there is no response yet. */
  readonly responseLength: number;

  /** First value of a request header; the name in lower case. */
  requestHeader(name: string): string | undefined;
  /** Replaces all of that name. In `onRequest` only. @throws ERR_HTTP_INVALID_HEADER */
  setRequestHeader(name: string, value: string): void;
  removeRequestHeader(name: string): void;
  /** First value of a response header; the name in lower case. */
  responseHeader(name: string): string | undefined;
  /** Replaces all of that name. In `onResponse` only. @throws ERR_HTTP_INVALID_HEADER */
  setResponseHeader(name: string, value: string): void;
  removeResponseHeader(name: string): void;
  /** Answers in the backend's place. In `onRequest` only; later filters and the backend do not see the request. */
  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void;

  /** A value that an earlier filter left for templates, such as `path.bytes`. */
  value(name: string): string | undefined;
  /** Leaves a value for later filters. A function is called when the value is read, and not at all if nobody reads it. */
  setValue(name: string, value: string | (() => string)): void;
}

/**
 * Sees and changes HTTP requests and responses. One instance serves one app; filters run in the order of the config,
 * for responses too.
 *
 * A hook that returns nothing stays on the fast path; one that returns a promise, or touches headers, leaves it.
 * A hook that throws ends the exchange with 500 (502 in `onResponse`).
 */
export interface Filter {
  onRequest?(exchange: FilterExchange): void | Promise<void>;
  onResponse?(exchange: FilterExchange): void | Promise<void>;
  /**
   * The exchange is over, however it ended.
   *
   * @param bytes - body bytes of the response that were passed to the client
   * @param completed - whether the response went out whole
   */
  onEnd?(exchange: FilterExchange, bytes: number, completed: boolean): void;
  /** Names of the template values that it sets; a template that names another is refused when the config is read. */
  readonly provides?: readonly string[];
  /** Names of the template values that it reads. */
  readonly needs?: readonly string[];
  /** Called once, last. */
  dispose?(): void | Promise<void>;
}
