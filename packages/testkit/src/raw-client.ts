import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Address } from '@millpond/contracts';

/** How long a test waits for bytes before it fails with what it has got. */
const TIMEOUT_MS = 5000;

const EVENTS = ['data', 'end', 'error', 'close'] as const;

/** A client that says exactly the bytes a test wants, and keeps every byte of the answer. */
export class RawClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #ended = false;
  #error: Error | undefined;

  /** Made by {@link connectRaw}. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    socket.on('end', () => (this.#ended = true));
    socket.on('error', (error) => (this.#error = error));
  }

  /** The socket underneath, for what this class does not offer, such as `pause()`. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Everything that has come so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Everything that has come so far, one character per byte. */
  get received(): string {
    return this.bytes.toString('latin1');
  }

  /** Sends; a string is one byte per character. */
  send(data: string | Uint8Array): void {
    if (typeof data === 'string') this.#socket.write(data, 'latin1');
    else this.#socket.write(data);
  }

  /** Ends its own side; the other one may still send. */
  end(): void {
    this.#socket.end();
  }

  /** Cuts the connection with a RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /**
   * Resolves with everything received, once `text` is in it. Rejects when the connection ends before, or after 5 s;
   * the error shows what has come.
   */
  async waitFor(text: string): Promise<string> {
    return this.#until(`for ${JSON.stringify(text)}`, () => this.received.includes(text));
  }

  /** Resolves with everything received, once the other side has ended. Rejects when it reset, or after 5 s. */
  async waitForEnd(): Promise<string> {
    return this.#until('for the end of the connection', () => this.#ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  async #until(what: string, isThere: () => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: string) => {
        clearTimeout(timer);
        for (const event of EVENTS) this.#socket.off(event, look);
        if (problem === undefined) resolve(this.received);
        else reject(new Error(`waited in vain ${what}: ${problem}; received ${JSON.stringify(this.received)}`));
      };
      const look = () => {
        if (isThere()) settle();
        else if (this.#error !== undefined) settle(this.#error.message);
        else if (this.#ended || this.#socket.closed) settle('the connection has ended');
      };
      const timer = setTimeout(() => settle(`${TIMEOUT_MS} ms are over`), TIMEOUT_MS);
      for (const event of EVENTS) this.#socket.on(event, look);
      look();
    });
  }
}

/**
 * Connects to a server on loopback. Whoever called it closes it: by `await using`, or {@link RawClient.reset}.
 *
 * @param tls - speaks TLS by these options; absent: plain TCP
 */
export async function connectRaw(address: Address, tls?: ConnectionOptions): Promise<RawClient> {
  const tcp = connect({ ...address, noDelay: true, allowHalfOpen: true });
  if (tls === undefined) {
    await once(tcp, 'connect');
    return new RawClient(tcp);
  }
  const socket = connectTls({ ...tls, socket: tcp });
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}

/** Connects, sends `data`, and resolves with everything that comes until the other side ends. */
export async function exchangeRaw(
  address: Address,
  data: string | Uint8Array,
  options?: {
    /** Whether to end its own side after `data`. @defaultValue false */
    readonly halfClose?: boolean;
  },
): Promise<string> {
  await using client = await connectRaw(address);
  client.send(data);
  if (options?.halfClose === true) client.end();
  return await client.waitForEnd();
}
