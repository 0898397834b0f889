import { latin1Text, type FastSocket } from '@millpond/transport-tcp';

/** From so many bytes on, a piece of a body is written from where it was read, and not made part of the text before it. */
export const LONG_PIECE = 16_384;

/**
 * Writes one message to a socket in as few writes as possible: what is said as text is gathered, with short pieces of the
 * body, and goes out in one write at {@link Outgoing.flush}, or with the first long piece.
 */
export class Outgoing {
  /** Where it goes; undefined while there is no connection yet, and then everything is gathered. */
  socket: FastSocket | undefined;
  #text = '';

  /** What has been gathered since the last flush. */
  get gathered(): string {
    return this.#text;
  }

  /** One byte per character. */
  text(text: string): void {
    this.#text += text;
  }

  /** Bytes `start` to `end` of a read buffer; see {@link FastSocket.writeBytes} for what becomes of those before. */
  bytes(buffer: Buffer, start: number, end: number): void {
    if (start === end) return;
    const { socket } = this;
    if (end - start < LONG_PIECE || socket === undefined) {
      this.#text += latin1Text(buffer, start, end);
      return;
    }
    const text = this.#text;
    this.#text = '';
    socket.writeBytes(text, buffer, start, end);
  }

  /** Sends what has been gathered, at the end of this turn of the event loop. */
  flush(): void {
    if (this.#text === '' || this.socket === undefined) return;
    const text = this.#text;
    this.#text = '';
    this.socket.writeSoon(text);
  }

  /** Forgets what has been gathered. */
  clear(): void {
    this.#text = '';
  }
}
