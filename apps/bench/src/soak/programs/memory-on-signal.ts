import { setTimeout as pause } from 'node:timers/promises';

/** What is freed by one collection may let go of more: handles are closed in between. */
const COLLECTIONS = 8;
const PAUSE_MS = 50;

// Loaded into the proxy before its own code, so that its memory can be looked at without garbage.
process.on('SIGUSR2', () => void report());

async function report(): Promise<void> {
  for (let count = 0; count < COLLECTIONS; count++) {
    globalThis.gc?.();
    await pause(PAUSE_MS);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ usedBytes: heapUsed + external, rssBytes: rss })}\n`);
}
