import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { pairs, type Field } from './fields.ts';
import { memoryPipe } from './memory-pipe.ts';
import { endOf } from './node-end.ts';

/** What Node's server made of some bytes. */
export interface ServersView {
  /** Requests that it has seen, whole or not. */
  readonly count: number;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly trailers: readonly Field[];
  /** Where the request ends: the index of the first byte that is not of it; -1 where Node awaits more. */
  readonly end: number;
  /** Why Node stopped there. */
  readonly code: string;
}

/** Node's own HTTP server, fed in memory. It is the one to agree with. */
export class NodeServer {
  readonly #server: Server;
  #requests: IncomingMessage[] = [];
  #body = '';
  #end = -1;
  #code = '';
  #ended: () => void = () => undefined;

  constructor() {
    this.#server = createServer({ maxHeaderSize: 1_000_000, requestTimeout: 0, headersTimeout: 0 });
    this.#server.maxHeadersCount = 0;
    this.#server.on('request', (request, response) => {
      this.#requests.push(request);
      request.on('data', (bytes: Buffer) => (this.#body += bytes.toString('latin1')));
      request.on('end', () => {
        this.#ended();
        response.end();
      });
      request.on('error', () => undefined);
    });
    this.#server.on('clientError', (error: Error & { code?: string }) => {
      this.#code = error.code ?? error.message;
      this.#end = endOf(error);
    });
  }

  /** Has it read `text`, one byte per character, as the first bytes of a connection. */
  async read(text: string): Promise<ServersView> {
    this.#requests = [];
    this.#body = '';
    this.#end = -1;
    this.#code = '';
    const pipe = memoryPipe();
    this.#server.emit('connection', pipe);
    await this.#push(pipe, text);
    pipe.destroy();
    const [request] = this.#requests;
    return {
      count: this.#requests.length,
      method: request?.method ?? '',
      target: request?.url ?? '',
      fields: pairs(request?.rawHeaders ?? []),
      body: this.#body,
      trailers: pairs(request?.rawTrailers ?? []),
      end: this.#end,
      code: this.#code,
    };
  }

  /** NUL can begin no request: the server says where it stumbles over it, and that is behind the message. */
  async #push(pipe: Duplex, text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      pipe.once('data', () => {
        // Node has read it all before it is our turn: only a whole request will say that it has ended.
        if (this.#requests.length !== 1 || this.#requests[0]?.complete !== true) setImmediate(resolve);
      });
      pipe.push(Buffer.from(`${text}\0`, 'latin1'));
    });
  }
}
