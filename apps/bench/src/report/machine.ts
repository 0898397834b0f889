import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../system/find-tool.ts';
import type { Workshop } from '../system/workshop.ts';

/** Where a report comes from: figures of different machines are not to be compared. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  /** By name; of what is not installed there is none. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Programs, with what makes them say their version, and where it is in what they say. */
const PROGRAMS = [
  { name: 'haproxy', args: ['-v'], version: /version (\S+)/ },
  { name: 'nginx', args: ['-v'], version: /nginx\/(\S+)/ },
  { name: 'wrk', args: ['-v'], version: /^wrk (\S+)/ },
  { name: 'h2load', args: ['--version'], version: /nghttp2\/(\S+)/ },
  { name: 'openssl', args: ['version'], version: /^OpenSSL (\S+)/ },
];

/** Looks at the machine, and at the versions of what is compared. */
export async function describeMachine(workshop: Workshop, packages: readonly string[]): Promise<Machine> {
  const versions: Record<string, string> = { node: process.version.slice(1) };
  for (const { name, args, version } of PROGRAMS) {
    const path = findTool(name);
    if (path === undefined) continue;
    const program = workshop.start(path, args, { name });
    await program.exit();
    versions[name] = version.exec(program.stdout + program.stderr)?.[1] ?? 'unknown';
  }
  for (const name of packages) {
    const version = packageVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  const all = cpus();
  return { cpu: all[0]?.model ?? 'unknown', cores: all.length, kernel: release(), versions };
}

/** Manifests are not always exported, so it is looked for above what is. */
function packageVersion(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const version = /"version":\s*"([^"]+)"/.exec(readOr(join(folder, name, 'package.json')))?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
