import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, root } from './workspaces.ts';

const run = promisify(execFile);

/** A block of code that begins with a comment that names its file. */
const FILE = /^```(?:js|yaml)\n(?:\/\/|#) ([\w.-]+)\n([^]*?)^```$/gm;

const millpond = join(root, 'apps/cli/bin/millpond.js');
const files = [...read('docs/plugins.md').matchAll(FILE)].map(([, name = '', text = '']) => ({ name, text }));
const names = (ending: string) => files.map(({ name }) => name).filter((name) => name.endsWith(ending));

describe('the code in docs/plugins.md', () => {
  let folder = '';

  beforeAll(() => {
    // Within the repository, so that it finds the packages.
    folder = mkdtempSync(join(root, 'node_modules/.millpond-docs-'));
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(names('.test.mjs'))('passes %s', async (name) => {
    const { stdout } = await run(process.execPath, ['--test', name], { cwd: folder });
    expect(stdout).toMatch(/^# pass [1-9]/m);
  });

  it.each(names('.yaml'))('makes %s a valid config', async (name) => {
    const { stdout } = await run(process.execPath, [millpond, 'check', name], { cwd: folder });
    expect(stdout).toContain(`${name} is valid.`);
  });
});
