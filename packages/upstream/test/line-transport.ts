import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Backend, Connection } from '@millpond/contracts';

/** A connection that speaks the smallest protocol there is: a line is asked, a line is answered. */
export class LineConnection implements Connection {
  readonly capacity = 1;
  readonly #socket: Socket;
  #onIdleClose: () => void = () => {};
  #onAnswer: ((line: string) => void) | undefined;
  #onCut: ((error: Error) => void) | undefined;
  #isReusable = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (line: string) => this.#receive(line));
    socket.on('error', () => {});
    socket.on('close', () => this.#cut());
  }

  get isReusable(): boolean {
    return this.#isReusable;
  }

  onIdleClose(listener: () => void): void {
    this.#onIdleClose = listener;
  }

  close(): void {
    this.#isReusable = false;
    this.#socket.destroy();
  }

  /** Calls back synchronously, while the socket is read. */
  ask(line: string, onAnswer: (line: string) => void, onCut: (error: Error) => void): void {
    this.#onAnswer = onAnswer;
    this.#onCut = onCut;
    this.#socket.write(`${line}\n`);
  }

  #receive(line: string): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    this.#onCut = undefined;
    if (onAnswer === undefined) this.close();
    else onAnswer(line.trimEnd());
  }

  #cut(): void {
    this.#isReusable = false;
    this.#onCut?.(new Error('The connection ended before its answer.'));
    this.#onIdleClose();
  }
}

/** Dials over real sockets. */
export const lineTransport = {
  async connect(backend: Backend, { signal }: { readonly signal: AbortSignal }): Promise<LineConnection> {
    const socket = connect({ ...backend.address, noDelay: true });
    const giveUp = () => socket.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await once(socket, 'connect', { signal });
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return new LineConnection(socket);
  },
};

/** One whole exchange: resolves with the answer. */
export async function ask(connection: LineConnection, line: string): Promise<string> {
  return new Promise((resolve, reject) => connection.ask(line, resolve, reject));
}
