#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { main, processTerminal } from '../dist/index.js';

// While the heap is small, much of what a connection holds survives collections, and V8 concludes that it had better be
// allocated in the old generation, for good. There it outlives its connection, with all that it refers to, until the next
// full collection: a sixth of the CPU time of a short TCP connection.
setFlagsFromString('--no-allocation-site-pretenuring');

const code = await main(process.argv.slice(2), processTerminal());

/** How long what was written may take to get out. */
const FLUSH_MS = 1000;

/** Resolves when all that was written is out, or nobody reads it any more. */
const flushed = (stream) =>
  new Promise((resolve) => {
    setTimeout(resolve, FLUSH_MS);
    stream.once('error', resolve);
    stream.write('', resolve);
  });

// A pipe takes 64 KiB at a time; leaving at once would cut off the rest. Who forced the end does not wait for it.
if (code !== 130) await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
