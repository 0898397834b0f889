import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { BenchError } from '../bench-error.ts';

/** How many of them connect at a time. */
const AT_A_TIME = 100;

const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n';

const TIMEOUT_MS = 10_000;

/** Connections on which one request was made, and none after it. */
export class IdleClients implements Disposable {
  readonly #sockets: Socket[] = [];
  #lost = 0;

  /** How many were closed by the other side. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Opens connections and makes one request on each.
   *
   * @param ending - what an answer ends in
   * @throws BenchError - one of them had no answer in 10 s
   */
  async open(port: number, count: number, ending: string): Promise<void> {
    for (let opened = 0; opened < count; opened += AT_A_TIME) {
      const batch = Math.min(AT_A_TIME, count - opened);
      await Promise.all(Array.from({ length: batch }, () => this.#openOne(port, ending)));
    }
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy();
  }

  async #openOne(port: number, ending: string): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#sockets.push(socket);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      await once(socket, 'connect', { signal });
      socket.write(REQUEST);
      for (let answer = ''; !answer.endsWith(ending);) {
        const [chunk]: unknown[] = await once(socket, 'data', { signal });
        answer += String(chunk);
      }
    } catch (error) {
      throw new BenchError('a connection that was to be idle had no answer', { cause: error });
    }
    socket.on('error', () => undefined).once('close', () => (this.#lost += 1));
  }
}
