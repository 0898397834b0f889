import type { SocketHandler } from '../src/socket/socket-handler.ts';

/** A handler that keeps what happens, for tests to wait for. */
export class Recorder implements SocketHandler {
  received = '';
  /** Bytes of each call of onData. */
  readonly reads: number[] = [];
  ended = false;
  closed = false;
  drains = 0;
  error: Error | undefined;
  /** What onData answers. */
  goesOn = true;
  readonly #waiting = new Set<() => void>();

  onData(buffer: Buffer, length: number): boolean {
    this.received += buffer.toString('latin1', 0, length);
    this.reads.push(length);
    this.#changed();
    return this.goesOn;
  }

  onEnd(): void {
    this.ended = true;
    this.#changed();
  }

  onDrain(): void {
    this.drains++;
    this.#changed();
  }

  onClose(error: Error | undefined): void {
    this.closed = true;
    this.error = error;
    this.#changed();
  }

  /** Resolves as soon as `isSo` is true; looks whenever something has happened. */
  until(isSo: (recorder: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo(this)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  #changed(): void {
    for (const look of this.#waiting) look();
  }
}
