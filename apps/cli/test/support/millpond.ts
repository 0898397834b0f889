import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, startProgram, type Program, type ProgramOptions } from './program.ts';

const executable = fileURLToPath(new URL('../../bin/millpond.js', import.meta.url));

/** The command line, run by a test. */
export class Millpond implements AsyncDisposable {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts `millpond` with arguments. */
  static start(args: readonly string[], options?: ProgramOptions): Millpond {
    return new Millpond(startProgram(process.execPath, [executable, ...args], options));
  }

  /** Starts `millpond run FILE` and resolves when every app of it is open. */
  static async run(file: string, options?: ProgramOptions & { readonly apps?: number }): Promise<Millpond> {
    const millpond = Millpond.start(['run', file], options);
    await millpond.program.says(() => millpond.#opened().length >= (options?.apps ?? 1));
    return millpond;
  }

  /** Runs `millpond` to its end. */
  static async to(args: readonly string[], options?: ProgramOptions): Promise<Program> {
    return runProgram(process.execPath, [executable, ...args], options);
  }

  /** The port of an app's first frontend, as its log says. */
  port(app: string): number {
    const [port] = this.ports(app);
    if (port === undefined) throw new Error(`${app} is not open:\n${this.program.stderr}`);
    return port;
  }

  /** The ports of an app's frontends, in order. */
  ports(app: string): number[] {
    const line = this.#opened().find((opened) => opened.app === app);
    return (line?.listen ?? []).map(({ port }) => port);
  }

  /** The port of the admin address. */
  get adminPort(): number {
    const [line] = this.log<{ listen: { port: number } }>('Admin address is open');
    if (line === undefined) throw new Error(`the admin address is not open:\n${this.program.stderr}`);
    return line.listen.port;
  }

  /** URL of an HTTP app. */
  url(app: string): string {
    return `http://127.0.0.1:${this.port(app)}`;
  }

  /** Log lines with that message. */
  log<Fields extends object>(message: string): (Fields & { msg: string })[] {
    return this.program.stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line): Fields & { msg: string } => JSON.parse(line))
      .filter(({ msg }) => msg === message);
  }

  /** Asks it to stop; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.program.kill('SIGTERM');
    return this.program.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }

  #opened(): { app: string; listen: { host: string; port: number }[] }[] {
    return this.log<{ app: string; listen: { host: string; port: number }[] }>('App is open');
  }
}

/** A folder that goes when the test ends. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'millpond-test-')));
  }

  /** Writes a file; an object as JSON. @returns its path */
  async write(name: string, content: string | object): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
