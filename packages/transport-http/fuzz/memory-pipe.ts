import { Duplex } from 'node:stream';

/** One end of a connection that is all in memory: what is pushed is read, what is written is thrown away. */
export function memoryPipe(): Duplex {
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
    },
  });
}
