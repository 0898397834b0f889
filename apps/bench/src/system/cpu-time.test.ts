import { describe, expect, it } from 'vitest';
import { coreShare, parseCore } from './core-use.ts';
import { cpuBetween, parseStat, processTree, readCpu } from './cpu-time.ts';

describe('processor time', () => {
  it('is read from a line of stat, whatever the process is called', () => {
    const line = '7737 (a) b 1 2 (c) R 7730 7730 3834 0 -1 4194304 2798 0 17 0 35 2 0 0 20 0 7 0 1101570';
    expect(parseStat(line)).toEqual({ userTicks: 35, systemTicks: 2 });
  });

  it('is the total of the scheduler, shared out as ticks are', () => {
    const before = { totalNs: 1_000_000, userTicks: 10, systemTicks: 10 };
    const after = { totalNs: 9_000_000, userTicks: 11, systemTicks: 13 };
    expect(cpuBetween(before, after)).toEqual({ userUs: 2000, systemUs: 6000 });
  });

  it('is halved where it is shorter than a tick', () => {
    const before = { totalNs: 0, userTicks: 5, systemTicks: 5 };
    expect(cpuBetween(before, { ...before, totalNs: 4000 })).toEqual({ userUs: 2, systemUs: 2 });
  });

  it.runIf(process.platform === 'linux')('grows while a process works', () => {
    const before = readCpu(process.pid);
    let turns = 0;
    while (readCpu(process.pid).totalNs - before.totalNs < 5_000_000 && turns < 1_000_000) turns += 1;
    expect(turns).toBeLessThan(1_000_000);
    expect(processTree(process.pid)).toContain(process.pid);
  });
});

describe('the use of a processor', () => {
  const stat = (user: number, system: number, idle: number) =>
    `cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 ${user} 1 ${system} ${idle} 2 0 30 4 0 0\ncpu1 7 7 7 7 7 7 7 7 0 0\n`;

  it('is read from its own line, without interrupts', () => {
    expect(parseCore(stat(100, 50, 800), 0)).toEqual({ busyTicks: 155, allTicks: 987 });
  });

  it('is told apart into ours and that of others', () => {
    const before = parseCore(stat(0, 0, 0), 0);
    const after = parseCore(stat(40, 20, 40), 0);
    expect(coreShare(before, after, { userUs: 300_000, systemUs: 200_000 })).toBeCloseTo(0.1);
    expect(coreShare(before, after, { userUs: 600_000, systemUs: 200_000 })).toBe(0);
  });
});
