import { readdirSync, readFileSync, statSync } from 'node:fs';

/** How many files and sockets this process may have open; undefined where the system has no limit, or does not say. */
export function openFilesLimit(): number | undefined {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(readOr('/proc/self/limits', ''))?.[1] ?? reportedLimit());
  return Number.isInteger(limit) ? limit : undefined;
}

/** How many it has open; undefined where the system does not say. */
export function openFiles(): number | undefined {
  try {
    // Linux 6.2 and later say it at once; before that they have to be listed.
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

/** Where there is no /proc, as on macOS. */
function reportedLimit(): unknown {
  const report: unknown = process.report.getReport();
  return property(property(property(report, 'userLimits'), 'open_files'), 'soft');
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
