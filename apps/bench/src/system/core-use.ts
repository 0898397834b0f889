import { readFileSync } from 'node:fs';
import type { CpuTime } from './cpu-time.ts';

const TICK_US = 10_000;

/** What a processor had done when it was looked at, in ticks of 10 ms. */
export interface CoreReading {
  /** Of processes, in their own code and in the kernel, and of other machines on the same hardware. */
  readonly busyTicks: number;
  readonly allTicks: number;
}

/** Reads what a processor has done so far. */
export function readCore(core: number): CoreReading {
  return parseCore(readFileSync('/proc/stat', 'utf8'), core);
}

/** Reads the line of a processor in `/proc/stat`. */
export function parseCore(stat: string, core: number): CoreReading {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .map(Number);
  // Interrupts are left out: it cannot be told whose they are.
  const busyTicks = user + nice + system + steal;
  return { busyTicks, allTicks: busyTicks + idle + iowait + irq + softirq };
}

/** The share of a processor that others had between two readings than the process that had `ours`. */
export function coreShare(before: CoreReading, after: CoreReading, ours: CpuTime): number {
  const busyUs = (after.busyTicks - before.busyTicks) * TICK_US;
  const allUs = (after.allTicks - before.allTicks) * TICK_US;
  return allUs === 0 ? 0 : Math.max(0, (busyUs - ours.userUs - ours.systemUs) / allUs);
}
