import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { findTool } from './find-tool.ts';
import { Program } from './program.ts';

/** How a {@link Workshop} starts a program. */
export interface StartOptions {
  /** Processor that it may use, from 0; any unless given. */
  readonly core?: number;
  /** What it is called in messages; the command unless given. */
  readonly name?: string;
}

/** How a {@link Workshop} runs a program to its end. */
export interface RunOptions extends StartOptions {
  /** After this it is killed, and the run rejects. */
  readonly timeoutMs: number;
}

/**
 * Owns every process and file of a run. Disposing of it is synchronous, so that it can be done as the last thing that a
 * process does, whatever ends it.
 */
export class Workshop implements Disposable {
  /** Where files of the run go; removed with the workshop. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'millpond-bench-'));
  readonly #running = new Set<Program>();
  readonly #pin = findTool('taskset');
  readonly #leash = findTool('setpriv');

  /** Writes a file into the folder; returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Starts a program with nothing on its standard input. What becomes of it is for the caller to look at. */
  start(command: string, args: readonly string[], options: StartOptions = {}): Program {
    const [first = command, ...rest] = [...this.#prefix(options.core), command, ...args];
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder });
    const program = new Program(options.name ?? command, child);
    this.#running.add(program);
    child.once('exit', () => this.#running.delete(program));
    return program;
  }

  /**
   * Runs a program to its end.
   *
   * @throws BenchError - it failed, or took too long
   */
  async run(command: string, args: readonly string[], options: RunOptions): Promise<Program> {
    const program = this.start(command, args, options);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      program.signal('SIGKILL');
    }, options.timeoutMs);
    const code = await program.exit();
    clearTimeout(timer);
    if (isLate) throw new BenchError(`${program.name} had not ended after ${options.timeoutMs} ms`);
    if (code !== 0) throw new BenchError(`${program.name} failed: ${lastLines(program)}`);
    return program;
  }

  [Symbol.dispose](): void {
    for (const program of this.#running) program.signal('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Both replace themselves by the program, which so has the process id that `spawn` returns. */
  #prefix(core: number | undefined): string[] {
    // Ends the program with us even where we are killed and can do nothing any more.
    const leash = this.#leash === undefined ? [] : [this.#leash, '--pdeathsig', 'KILL'];
    const pin = core === undefined || this.#pin === undefined ? [] : [this.#pin, '-c', `${core}`];
    return [...leash, ...pin];
  }
}

/** What a program said last, for a message on one line. */
export function lastLines({ stdout, stderr }: Pick<Program, 'stdout' | 'stderr'>): string {
  const said = stderr.trim() === '' ? stdout : stderr;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const text = lines.slice(-3).join(' ').slice(0, 300);
  return text === '' ? 'it said nothing' : text.replaceAll(/\S*\/millpond-bench-\w+\//g, '');
}
