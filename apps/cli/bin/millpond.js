#!/usr/bin/env node
import { main, processTerminal } from '../dist/index.js';

const code = await main(process.argv.slice(2), processTerminal());

/** Resolves when all that was written is out, or nobody reads it any more. */
const flushed = (stream) =>
  new Promise((resolve) => {
    stream.once('error', resolve);
    stream.write('', resolve);
  });

// A pipe takes 64 KiB at a time; leaving at once would cut off the rest. Who forced the end does not wait for it.
if (code !== 130) await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);
