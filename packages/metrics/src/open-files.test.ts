import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openFiles, openFilesLimit } from './open-files.ts';

it.runIf(existsSync('/proc/self/fd'))('the open files of this process are counted, and so is their limit', async () => {
  const before = openFiles() ?? 0;
  expect(before).toBeGreaterThan(2);
  const files = await Promise.all(Array.from({ length: 20 }, () => open('/dev/null')));
  expect(openFiles()).toBeGreaterThan(before + 10);
  await Promise.all(files.map((file) => file.close()));
  expect(openFilesLimit() ?? Infinity).toBeGreaterThan(before);
});
