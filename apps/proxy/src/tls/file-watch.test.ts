import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@millpond/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileWatch } from './file-watch.ts';

const clock = new ManualClock();
let folder: string;
let file: string;
let watch: FileWatch;
let changes = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millpond-watch-'));
  file = join(folder, 'a.pem');
  changes = 0;
});

afterEach(async () => {
  watch.stop();
  expect(clock.pending).toBe(0);
  await rm(folder, { recursive: true });
});

/** Begins to watch, and has what is there at first behind it. */
async function begin(...files: string[]): Promise<void> {
  watch = new FileWatch(files, clock, async () => void changes++);
  await settle();
  expect(changes).toBe(1);
}

/** As two seconds do. */
async function settle(): Promise<void> {
  for (let look = 0; look < 3; look++) await watch.look();
}

test('tells of files that are written, renamed into place, removed and made again', async () => {
  await writeFile(file, 'one');
  await begin(file);
  const next = join(folder, 'next.pem');
  const steps = [
    () => writeFile(file, 'two, longer'),
    async () => {
      await writeFile(next, 'three');
      await rename(next, file);
    },
    () => rm(file),
    () => writeFile(file, 'four'),
  ];
  for (const [index, step] of steps.entries()) {
    await step();
    await settle();
    expect(changes).toBe(index + 2);
    await settle();
    expect(changes).toBe(index + 2);
  }
});

test('tells when a link somewhere on the way leads elsewhere', async () => {
  for (const name of ['v1', 'v2']) await writeFile(join(folder, name), name);
  const link = join(folder, 'current');
  await symlink('v1', link);
  await symlink('current', file);
  await begin(file);
  await symlink('v2', `${link}.next`);
  await rename(`${link}.next`, link);
  await settle();
  expect(changes).toBe(2);
});

test('waits until what changes has changed', async () => {
  await writeFile(file, '1');
  await begin(file);
  for (let size = 2; size < 6; size++) {
    await writeFile(file, 'x'.repeat(size));
    await watch.look();
  }
  expect(changes).toBe(1);
  await watch.look();
  expect(changes).toBe(2);
});

test('looks once per second, and no more when it is stopped', async () => {
  await begin(file);
  await writeFile(file, 'new');
  await clock.advance(1000);
  await watch.look();
  await watch.look();
  expect(changes).toBe(2);
  watch.stop();
  await rm(file);
  await settle();
  expect(changes).toBe(2);
});
