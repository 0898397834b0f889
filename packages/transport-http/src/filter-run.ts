import type { Filter, FilterExchange } from '@millpond/contracts';
import { findField, removeField, setField, type FieldBlock } from './field-block.ts';
import { isFramingField } from './framing-fields.ts';
import { filterFailed, invalidHeader, type HttpError } from './http-errors.ts';
import { textReply, type Reply } from './replies.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';

/** Told when all hooks have run, at once or later, but not after the end; with the error where one threw. */
type Done = (error: HttpError | undefined) => void;
type Hook = (filter: Filter) => void | Promise<void>;

/**
 * One request and its response on their way through the filters of their route. Made only for routes that have filters.
 */
export class FilterRun implements FilterExchange {
  readonly clientAddress: string;
  readonly #filters: readonly Filter[];
  readonly #request: RequestHead;
  readonly #values = new Map<string, string | (() => string)>();
  #response: ResponseHead | undefined;
  #reply: Reply | undefined;
  /** Whether the `onRequest` hooks are done. */
  #isAsked = false;
  #isOver = false;

  constructor(filters: readonly Filter[], request: RequestHead, clientAddress: string) {
    this.#filters = filters;
    this.#request = request;
    this.clientAddress = clientAddress;
  }

  /** What a filter answered in the backend's place, if one did. */
  get reply(): Reply | undefined {
    return this.#reply;
  }

  get method(): string {
    return this.#request.method;
  }

  get target(): string {
    return this.#request.target;
  }

  get path(): string {
    return this.#request.path;
  }

  get host(): string {
    return this.#request.host;
  }

  get status(): number {
    return this.#response?.status ?? 0;
  }

  get responseLength(): number {
    if (this.#response === undefined) return -1;
    return this.#response.framing === 'none' ? 0 : this.#response.contentLength;
  }

  /** Runs the `onRequest` hooks, up to one that answers. */
  request(done: Done): void {
    this.#run(
      (filter) => filter.onRequest?.(this),
      500,
      (error) => {
        this.#isAsked = true;
        done(error);
      },
    );
  }

  /** Runs the `onResponse` hooks. */
  response(head: ResponseHead, done: Done): void {
    this.#response = head;
    this.#run((filter) => filter.onResponse?.(this), 502, done);
  }

  /** The proxy itself has answered; no hook runs for that. */
  replied(head: ResponseHead): void {
    this.#response = head;
  }

  /** Tells all filters that the exchange is over. @param failed - told of each that throws */
  end(bytes: number, completed: boolean, failed: (error: unknown) => void): void {
    this.#isOver = true;
    for (const filter of this.#filters) {
      try {
        filter.onEnd?.(this, bytes, completed);
      } catch (error) {
        failed(error);
      }
    }
  }

  requestHeader(name: string): string | undefined {
    return findField(this.#request.block, name);
  }

  setRequestHeader(name: string, value: string): void {
    this.#request.block = withField(this.#request.block, name, value);
  }

  removeRequestHeader(name: string): void {
    this.#request.block = withoutField(this.#request.block, name);
  }

  responseHeader(name: string): string | undefined {
    return this.#response && findField(this.#response.block, name);
  }

  setResponseHeader(name: string, value: string): void {
    const response = this.#theResponse();
    response.block = withField(response.block, name, value);
  }

  removeResponseHeader(name: string): void {
    const response = this.#theResponse();
    response.block = withoutField(response.block, name);
  }

  respond(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (this.#isAsked) throw filterFailed(500, new Error('respond() is for onRequest only, until that is done.'));
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw filterFailed(500, new RangeError(`respond() takes a status from 200 to 599, not ${status}.`));
    }
    const block = Object.entries(headers).reduce((lines, [name, value]) => withField(lines, name, value), '');
    this.#reply = textReply(status, block, body, this.method);
  }

  value(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'function' ? value() : value;
  }

  setValue(name: string, value: string | (() => string)): void {
    this.#values.set(name, value);
  }

  #run(hook: Hook, status: number, done: Done, from = 0): void {
    const failed = (error: unknown): void => {
      if (!this.#isOver) done(filterFailed(status, error));
    };
    for (let index = from; index < this.#filters.length && this.#reply === undefined && !this.#isOver; index++) {
      const filter = this.#filters[index];
      let pending: unknown;
      try {
        pending = filter && hook(filter);
      } catch (error) {
        failed(error);
        return;
      }
      if (isThenable(pending)) {
        pending.then(() => this.#run(hook, status, done, index + 1), failed);
        return;
      }
    }
    if (!this.#isOver) done(undefined);
  }

  #theResponse(): ResponseHead {
    if (this.#response !== undefined) return this.#response;
    throw filterFailed(500, new Error('There is no response yet to be changed. Do it in onResponse.'));
  }
}

/** Promises of other realms and libraries are none by `instanceof`. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function withField(block: FieldBlock, name: string, value: string): FieldBlock {
  refuseFraming(name);
  return setField(block, name, value);
}

function withoutField(block: FieldBlock, name: string): FieldBlock {
  refuseFraming(name);
  return removeField(block, name.toLowerCase());
}

function refuseFraming(name: string): void {
  if (isFramingField(name)) throw invalidHeader(name, 'it frames the message or steers its connection');
}
