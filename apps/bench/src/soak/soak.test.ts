import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/soak.js', import.meta.url));

it.runIf(existsSync('/proc/self/fd'))(
  'the executable holds 1,000 connections without an error, twice, and keeps no memory of them (needs /proc)',
  async () => {
    const soak = spawn(process.execPath, [PROGRAM, '--connections', '1000', '--seconds', '1']);
    const [stdout, stderr, [code]] = await Promise.all([text(soak.stdout), text(soak.stderr), once(soak, 'close')]);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain('second round');
  },
  120_000,
);
