import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pairs, type Field } from './fields.ts';
import { memoryPipe } from './memory-pipe.ts';
import { endOf } from './node-end.ts';

/** What Node's client made of some bytes. */
export interface ClientsView {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly trailers: readonly Field[];
  /** 1xx before it. */
  readonly informational: readonly { readonly status: number; readonly fields: readonly Field[] }[];
  /** Where the response ends; the length of it all where the end of the connection ends it; -1 where it is not whole. */
  readonly end: number;
  /** Why Node stopped there. */
  readonly code: string;
}

/**
 * Has Node's own HTTP client read `text`, one byte per character, as the response to a request of that method.
 *
 * @param isClosed - whether the connection ends behind it
 */
export async function readAsNodesClient(text: string, method: string, isClosed: boolean): Promise<ClientsView> {
  const pipe = memoryPipe();
  const asked = request({ method, host: 'a', createConnection: () => pipe, maxHeaderSize: 1_000_000, setHost: false });
  const reading = new ClientsReading(asked, pipe);
  asked.end();
  return reading.read(text, isClosed);
}

class ClientsReading {
  readonly #asked: ClientRequest;
  readonly #pipe: Duplex;
  readonly #informational: { status: number; fields: Field[] }[] = [];
  #response: IncomingMessage | undefined;
  #body = '';
  #end = -1;
  #code = '';

  constructor(asked: ClientRequest, pipe: Duplex) {
    this.#asked = asked;
    this.#pipe = pipe;
    asked.on('information', ({ statusCode, rawHeaders }) =>
      this.#informational.push({ status: statusCode, fields: pairs(rawHeaders) }),
    );
    asked.on('response', (response) => {
      this.#response = response;
      response.on('data', (bytes: Buffer) => (this.#body += bytes.toString('latin1')));
      response.on('error', () => undefined);
    });
    asked.on('error', (error: Error & { code?: string }) => {
      this.#code ||= error.code ?? error.message;
      if (this.#end === -1) this.#end = endOf(error);
    });
  }

  async read(text: string, isClosed: boolean): Promise<ClientsView> {
    await new Promise<void>((resolve) => {
      this.#asked.on('close', resolve);
      // Node listens on the connection from the next tick on.
      this.#asked.on('socket', () =>
        queueMicrotask(() => {
          // NUL can begin no response: the client says where it stumbles over it, and that is behind the message.
          this.#pipe.push(Buffer.from(isClosed ? text : `${text}\0`, 'latin1'));
          this.#pipe.push(null);
        }),
      );
    });
    const response = this.#response;
    const isWhole = response?.complete === true;
    return {
      status: response?.statusCode ?? 0,
      reason: response?.statusMessage ?? '',
      fields: pairs(response?.rawHeaders ?? []),
      body: this.#body,
      trailers: pairs(response?.rawTrailers ?? []),
      informational: this.#informational,
      end: isWhole && isClosed && this.#code === '' ? text.length : this.#end,
      code: this.#code,
    };
  }
}
