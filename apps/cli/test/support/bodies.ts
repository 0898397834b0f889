import { createCipheriv, createHash } from 'node:crypto';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { seededRandom } from '@millpond/testkit';

const BLOCK = 65536;

/** Bytes that cannot be compressed or guessed; the same seed gives the same ones. */
export function noise(seed: number): (bytes: number) => Buffer {
  const key = createHash('md5').update(`seed ${seed}`).digest();
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (bytes) => cipher.update(Buffer.alloc(bytes));
}

/** A body of noise that is made as it is read, in blocks of random sizes, with a pause now and then. */
export function body(seed: number, bytes: number, pauseMs = 0): Readable {
  const random = seededRandom(seed);
  const next = noise(seed);
  let left = bytes;
  return new Readable({
    read() {
      const size = Math.min(left, 1 + Math.floor(random() * BLOCK));
      left -= size;
      const block = size === 0 ? null : next(size);
      const pause = random() < 0.1 ? random() * pauseMs : 0;
      if (pause > 0) setTimeout(() => this.push(block), pause);
      else this.push(block);
    },
  });
}

/** A stream that holds up what goes through it now and then. */
export function slowly(seed: number, pauseMs: number): Transform {
  const random = seededRandom(seed);
  return new Transform({
    transform(chunk, _encoding, done) {
      if (random() < 0.1) setTimeout(() => done(null, chunk), random() * pauseMs);
      else done(null, chunk);
    },
  });
}

/** SHA-256 of all that a stream gives. */
export async function hashOf(stream: NodeJS.ReadableStream, ...through: Transform[]): Promise<string> {
  const hash = createHash('sha256');
  const sink = new Writable({
    write(chunk, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  await pipeline([stream, ...through, sink]);
  return hash.digest('hex');
}
