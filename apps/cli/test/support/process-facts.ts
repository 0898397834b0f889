import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { it, type TestFunction } from 'vitest';

/** Bytes of memory that a process holds now. */
export async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Sockets that a process has open now, those that listen among them. */
export async function openSockets(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    // One may be closed while we look.
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith('socket:')).length;
}

/** A test that looks into a process by /proc; skipped by name where there is none. */
export function itWithProc(name: string, test: TestFunction, timeoutMs: number): void {
  if (existsSync('/proc/self/fd')) it(name, test, timeoutMs);
  else it.skip(`${name} (needs /proc)`, test);
}
