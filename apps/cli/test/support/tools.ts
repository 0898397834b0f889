import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { it, type TestFunction } from 'vitest';

/** Where Debian has a folder for each version of PostgreSQL, with its server. */
const POSTGRES = '/usr/lib/postgresql';

const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  ...(existsSync(POSTGRES) ? readdirSync(POSTGRES).map((version) => join(POSTGRES, version, 'bin')) : []),
];

/** Where a program is; undefined where it is not installed. */
export function findTool(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * A test that needs programs from outside npm. Where one is missing the test is skipped, and its name says which; with
 * `MILLPOND_REQUIRE_TOOLS=1` it fails instead.
 */
export function itWith(tools: readonly string[], name: string, test: TestFunction, timeoutMs: number): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) {
    it(name, test, timeoutMs);
  } else if (process.env['MILLPOND_REQUIRE_TOOLS'] === '1') {
    it(name, () => {
      throw new Error(`not installed: ${missing.join(', ')}`);
    });
  } else {
    it.skip(`${name} (needs ${missing.join(', ')})`, test);
  }
}
