import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../bench-error.ts';
import type { Progress } from '../run-case.ts';
import { residentBytes } from '../system/memory.ts';
import { freePort, untilOpen } from '../system/ports.ts';
import type { Program } from '../system/program.ts';
import { lastLines, type Workshop } from '../system/workshop.ts';
import type { SoakOptions } from './options.ts';
import type { ClientReport, MemoryReading, SoakResult, SoakRound } from './soak-result.ts';

const ECHO = fileURLToPath(new URL('./programs/echo.js', import.meta.url));
const CLIENTS = fileURLToPath(new URL('./programs/clients.js', import.meta.url));
const MEMORY_ON_SIGNAL = fileURLToPath(new URL('./programs/memory-on-signal.js', import.meta.url));

/**
 * V8's young generation grows to three times 16 MiB as it is needed, and is memory of the process from then on: more than the
 * leak that is looked for. At 2 MiB it has its full size after the warm-up.
 */
const SMALL_NURSERY = ['--max-semi-space-size=2'];

/** Enough for all code of the relay to be compiled. */
const WARM_UP_CONNECTIONS = 300;
const WARM_UP_SECONDS = 3;

const PAUSE_MS = 100;

/** How long may pass until a program says something, besides the traffic itself. */
const PATIENCE_MS = 60_000;

/** Descriptors that a proxy without clients may have more than it had at first: active checks come and go. */
const SPARE_DESCRIPTORS = 4;

/**
 * Runs clients, proxy and backend, a process each: a small round first, then two full ones, and reads the memory of the
 * proxy whenever all connections are closed.
 *
 * @throws BenchError - a program failed, or connections stay open
 */
export async function soak(workshop: Workshop, options: SoakOptions, say: Progress): Promise<SoakResult> {
  const echo = workshop.start(process.execPath, [ECHO], { name: 'echo' });
  const { port: backendPort } = await nextLine<{ port: number }>(echo, 0);
  const port = await freePort();
  const proxy = startProxy(workshop, port, backendPort, options.connections);
  await untilOpen(proxy, port, PATIENCE_MS);
  const run = { workshop, proxy, port, say };
  say(`warming up with ${WARM_UP_CONNECTIONS} connections`);
  const warmUp = { connections: WARM_UP_CONNECTIONS, seconds: WARM_UP_SECONDS };
  const { after: before } = await runRound(run, warmUp);
  say(`first round: ${options.connections} connections for ${options.seconds} s`);
  const first = await runRound(run, options);
  say('second round');
  const second = await runRound(run, options);
  return { before, first, second };
}

interface SoakRun {
  readonly workshop: Workshop;
  readonly proxy: Program;
  readonly port: number;
}

function startProxy(workshop: Workshop, port: number, backendPort: number, connections: number): Program {
  const app = {
    name: 'db',
    protocol: 'tcp',
    frontends: [{ listen: `127.0.0.1:${port}` }],
    backends: [`127.0.0.1:${backendPort}`],
    pool: { max: connections + WARM_UP_CONNECTIONS },
  };
  const file = workshop.write('soak.json', JSON.stringify({ apps: [app] }));
  const executable = fileURLToPath(new URL('bin/millpond.js', import.meta.resolve('millpond/package.json')));
  const nodeArgs = [...SMALL_NURSERY, '--expose-gc', '--import', MEMORY_ON_SIGNAL];
  return workshop.start(process.execPath, [...nodeArgs, executable, 'run', file], { name: 'millpond' });
}

async function runRound({ workshop, proxy, port }: SoakRun, { connections, seconds }: SoakOptions): Promise<SoakRound> {
  const idle = descriptors(proxy);
  const args = [CLIENTS, `${port}`, `${connections}`, `${seconds}`];
  const clients = workshop.start(process.execPath, args, { name: 'clients' });
  await nextLine(clients, 0);
  const report = await nextLine<ClientReport>(clients, 1, seconds * 1000);
  const peakRssBytes = residentBytes(proxy.pid ?? 0);
  if ((await clients.exit()) !== 0) throw new BenchError(`the clients failed: ${lastLines(clients)}`);
  await until(() => descriptors(proxy) <= idle + SPARE_DESCRIPTORS, 'connections of the proxy stay open');
  return { clients: report, peakRssBytes, after: await readMemory(proxy) };
}

async function readMemory(proxy: Program): Promise<MemoryReading> {
  const seen = linesOf(proxy).length;
  proxy.signal('SIGUSR2');
  return nextLine<MemoryReading>(proxy, seen);
}

/** The line of JSON that a program says as its `index`th. */
async function nextLine<T>(program: Program, index: number, besidesMs = 0): Promise<T> {
  await until(
    () => {
      if (linesOf(program).length > index) return true;
      if (program.hasEnded) throw new BenchError(`${program.name} has ended: ${lastLines(program)}`);
      return false;
    },
    `${program.name} is too slow`,
    besidesMs,
  );
  return JSON.parse(linesOf(program)[index] ?? '');
}

function linesOf({ stdout }: Program): string[] {
  return stdout.split('\n').slice(0, -1);
}

function descriptors({ pid }: Program): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function until(isSo: () => boolean, otherwise: string, besidesMs = 0): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS + besidesMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new BenchError(otherwise);
    await pause(PAUSE_MS);
  }
}
