import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How much of what a program says is kept. */
const KEPT_CHARACTERS = 1 << 20;

/** How long a program may take to end after it was asked to, before it is killed. */
const STOP_MS = 2000;

/** A process that the benchmark started. Whoever started it stops it; its {@link Workshop} kills what is left. */
export class Program {
  /** What it is called in messages. */
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stdout = '';
  #stderr = '';
  #hasFailedToStart = false;

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#process = child;
    this.#closed = once(child, 'close').catch((error: unknown) => {
      this.#hasFailedToStart = true;
      this.#stderr += String(error);
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-KEPT_CHARACTERS);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_CHARACTERS);
    });
  }

  /** Its process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#hasFailedToStart || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Its exit code when it has ended and all that it said is here; null when a signal ended it. */
  async exit(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasEnded) this.#process.kill(signal);
  }

  /** Asks it to end, kills it if it does not, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    await this.#closed;
    clearTimeout(timer);
  }
}
