import { readdirSync, readFileSync } from 'node:fs';

/** Length of a tick of `/proc/PID/stat`: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_NS = 10_000_000;

/** What a process tree had used of the processor when it was looked at. */
export interface CpuReading {
  /** To the nanosecond, by the scheduler. */
  readonly totalNs: number;
  /** In ticks of 10 ms: good for the shares of user and system alone. */
  readonly userTicks: number;
  readonly systemTicks: number;
}

/** Time on a processor. */
export interface CpuTime {
  readonly userUs: number;
  readonly systemUs: number;
}

/** Reads what a process and its descendants have used so far. */
export function readCpu(pid: number): CpuReading {
  const readings = processTree(pid).map(readOne);
  return {
    totalNs: sum(readings.map(({ totalNs }) => totalNs)),
    userTicks: sum(readings.map(({ userTicks }) => userTicks)),
    systemTicks: sum(readings.map(({ systemTicks }) => systemTicks)),
  };
}

/** What was used between two readings: the total of the scheduler, shared out as the ticks are. */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuTime {
  const totalUs = (after.totalNs - before.totalNs) / 1000;
  const userTicks = after.userTicks - before.userTicks;
  const ticks = userTicks + after.systemTicks - before.systemTicks;
  const userUs = ticks === 0 ? totalUs / 2 : (totalUs * userTicks) / ticks;
  return { userUs, systemUs: totalUs - userUs };
}

/** User and system ticks of a line of `/proc/PID/stat`. */
export function parseStat(stat: string): Pick<CpuReading, 'userTicks' | 'systemTicks'> {
  // The second field is the name, in brackets, and may have anything in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { userTicks: Number(fields[11]), systemTicks: Number(fields[12]) };
}

/** A process and all that it has started, as far as they run. */
export function processTree(pid: number): number[] {
  const children = tasks(pid).flatMap((task) => {
    const list = readOr(`/proc/${pid}/task/${task}/children`, '').trim();
    return list === '' ? [] : list.split(' ').map(Number);
  });
  return [pid, ...children.flatMap(processTree)];
}

function readOne(pid: number): CpuReading {
  const ticks = parseStat(readOr(`/proc/${pid}/stat`, ') 0 0 0 0 0 0 0 0 0 0 0 0 0'));
  // The one in /proc/PID is that of the main thread alone.
  const threads = tasks(pid).map((task) => readOr(`/proc/${pid}/task/${task}/schedstat`, ''));
  const totalNs = sum(threads.map((line) => Number(line.split(' ')[0])));
  // Kernels without schedstat.
  return { ...ticks, totalNs: totalNs > 0 ? totalNs : (ticks.userTicks + ticks.systemTicks) * TICK_NS };
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Threads and processes may end while they are looked at. */
function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
