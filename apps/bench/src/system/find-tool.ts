import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BenchError } from '../bench-error.ts';

/** Debian keeps servers where the path of a user does not lead. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Where a program is; undefined where it is not installed. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...MORE_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Where a program is.
 *
 * @throws BenchError - it is not installed
 */
export function needTool(name: string, debianPackage: string = name): string {
  const path = findTool(name);
  if (path === undefined) throw new BenchError(`${name} is not installed; on Debian: apt-get install ${debianPackage}`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
