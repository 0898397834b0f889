import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How long a program may take to say something: shorter than the time-out of a test, so that its message is seen. */
const TIMEOUT_MS = 15_000;

/** How {@link startProgram} starts. */
export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What `ulimit -n` is set to; needs bash. @defaultValue as it is */
  readonly maxOpenFiles?: number;
}

/** A process that a test started, and ends. */
export class Program implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.#process = child;
    this.#exited = once(child, 'close');
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.stdout += text)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#heard(() => (this.stderr += text)));
    child.once('close', () => this.#heard(() => undefined));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Its exit code, when it has ended. */
  async exit(): Promise<number | null> {
    await this.#exited;
    return this.#process.exitCode;
  }

  /** Reads what it says on stderr no more: that fails there. */
  hangUp(): void {
    this.#process.stderr?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when what it has said so far satisfies `isThere`; rejects when it ends before, or after 15 s. */
  async says(isThere: (program: this) => boolean): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => this.#heard(() => (isLate = true)), TIMEOUT_MS);
    try {
      while (!isThere(this)) {
        const hasEnded = this.#process.exitCode !== null || this.#process.signalCode !== null;
        if (hasEnded || isLate) {
          const what = hasEnded ? 'it ended without saying so' : `it has not said so in ${TIMEOUT_MS} ms`;
          throw new Error(`${what}:\n${this.stdout}\n${this.stderr}`);
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #heard(note: () => void): void {
    note();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Starts a program with nothing on its standard input. */
export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const { cwd, env = {}, maxOpenFiles } = options;
  const limit = maxOpenFiles === undefined ? [] : ['bash', '-c', `ulimit -n ${maxOpenFiles}; exec "$@"`, 'bash'];
  const [first = command, ...rest] = [...limit, command, ...args];
  return new Program(
    spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, ...(cwd && { cwd }) }),
  );
}

/** Runs a program to its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const program = startProgram(command, args, options);
  await program.exit();
  return program;
}
