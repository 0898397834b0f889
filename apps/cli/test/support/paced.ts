import type { Readable, Writable } from 'node:stream';

const BLOCK = Buffer.alloc(65_536, 'x');

/**
 * Reads a stream at a given rate and forgets what it reads: after each piece it rests for as long as the piece is worth.
 *
 * @param onBytes - told how many were read with each piece
 */
export function readAt(bytesPerSecond: number, stream: Readable, onBytes: (bytes: number) => void): void {
  let rest: NodeJS.Timeout | undefined;
  stream.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    stream.pause();
    rest = setTimeout(() => stream.resume(), (chunk.length * 1000) / bytesPerSecond);
  });
  stream.once('close', () => clearTimeout(rest));
}

/** Writes for as long as the stream is open, as fast as it takes the bytes, which are made on the fly. */
export function writeWithoutEnd(stream: Writable): void {
  const write = (): void => {
    while (!stream.destroyed && stream.write(BLOCK));
  };
  stream.on('drain', write);
  write();
}
