import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Random } from '@millpond/contracts';
import { seededRandom } from '@millpond/testkit';
import { behaviour, resumeAfter, type Behaviour } from './traffic.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Bytes in front of what a client says: its number, by which the backend knows it. */
const NUMBER_LENGTH = 4;

/** Random content that everybody says a part of. */
const CONTENT = randomFillSync(Buffer.allocUnsafe(16 * MB + 7));

/** One of the two ends of a connection that goes through a relay. */
interface End {
  readonly how: Behaviour;
  readonly says: Buffer;
  /** Bytes, sent and received, after which it resets the connection. */
  readonly resetAfter: number;
}

/** What a client and its backend do. */
interface Plan {
  readonly client: End;
  readonly backend: End;
}

/** What an end has come to. */
interface Heard {
  readonly bytes: number;
  readonly digest: string;
  /** Whether it got the end of the other one. */
  readonly hasEnded: boolean;
}

/** Sockets of a process that listen or are connected. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

/**
 * Many clients at once, and a backend for them: random sizes, pauses and slow readers, some long messages, and some who
 * reset the connection in the middle of it.
 */
export class Crowd implements AsyncDisposable {
  /** How many ends of each side have reset their connections before they had said all: the other end must not miss that. */
  readonly cutOffs = { client: 0, backend: 0 };
  readonly #plans: readonly Plan[];
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true });
  readonly #heardByBackend = new Map<number, Promise<Heard>>();

  /** @param size - how many clients there are */
  constructor(size: number) {
    const random = seededRandom(1);
    this.#plans = Array.from({ length: size }, (_, number) => planOf(number, random));
    this.#server.on('connection', (socket) => this.#serve(socket));
  }

  /** Begins to listen. @returns the port of its backend */
  async listen(): Promise<number> {
    this.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(this.#server, 'listening');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends all clients to a port, and resolves when the last connection has ended. @returns what went wrong, in words */
  async visit(port: number): Promise<string[]> {
    const visits = this.#plans.map(async (plan, number) => {
      const toClient = await visit(port, number, plan.client, () => this.cutOffs.client++);
      // One that was reset early may never have got through.
      const toBackend = (await this.#heardByBackend.get(number)) ?? NOTHING;
      const isWhole = plan.client.resetAfter === Infinity && plan.backend.resetAfter === Infinity;
      return [
        ...faults(`${number} towards the client`, toClient, plan.backend, isWhole),
        ...faults(`${number} towards the backend`, toBackend, plan.client, isWhole),
      ];
    });
    return (await Promise.all(visits)).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => {
      const number = first.readUInt32BE(0);
      const plan = this.#plans[number];
      if (plan === undefined) throw new RangeError(`there is no client ${number}`);
      socket.unshift(first.subarray(NUMBER_LENGTH));
      this.#heardByBackend.set(
        number,
        take(socket, plan.backend, () => this.cutOffs.backend++),
      );
    });
  }
}

const NOTHING: Heard = { bytes: 0, digest: digestOf(Buffer.alloc(0)), hasEnded: false };

function planOf(number: number, random: Random): Plan {
  // A few say so much that it cannot all be under way at once, to ends that are slow.
  const isLong = number % 100 === 0;
  const long = (side: number): number => (isLong && (number / 100) % 2 === side ? 8 * MB : 0);
  const laziness = isLong ? 0.3 : [0, 0.1, 0.5][number % 3];
  const sides = [0, 1].map((side) => {
    const bytes = long(side) || Math.floor(random() ** 3 * 200 * KB);
    const start = Math.floor(random() * (CONTENT.length - bytes));
    const how = behaviour(bytes, [700, 16 * KB, 100 * KB][Math.floor(random() * 3)] ?? 1, laziness ?? 0, random);
    return { how, says: CONTENT.subarray(start, start + bytes) };
  });
  const [client, backend] = sides;
  if (client === undefined || backend === undefined) throw new RangeError('there are two sides');
  const total = client.says.length + backend.says.length;
  // One of seven ends by a reset, from either side.
  const resetAfter = number % 7 === 3 ? Math.floor(random() * total) : Infinity;
  const isByClient = random() < 0.5;
  return {
    client: { ...client, resetAfter: isByClient ? resetAfter : Infinity },
    backend: { ...backend, resetAfter: isByClient ? Infinity : resetAfter },
  };
}

async function visit(port: number, number: number, end: End, onCutOff: () => void): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  socket.on('error', () => undefined);
  const first = Buffer.alloc(NUMBER_LENGTH);
  first.writeUInt32BE(number);
  socket.write(first);
  return take(socket, end, onCutOff);
}

/** Does what an end does, until its socket is closed. */
async function take(socket: Socket, end: End, onCutOff: () => void): Promise<Heard> {
  const hash = createHash('sha256');
  let bytes = 0;
  let hasEnded = false;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const moved = counter(end.resetAfter, () => reset(socket, onCutOff));
  socket.once('end', () => (hasEnded = true));
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    hash.update(chunk);
    moved(chunk.length);
    const turns = end.how.pauseAfterRead();
    if (turns === 0 || socket.destroyed) return;
    socket.pause();
    resumeAfter(socket, turns);
  });
  say(socket, end, 0, moved);
  await closed;
  return { bytes, digest: hash.digest('hex'), hasEnded };
}

/** Says the rest of what an end says, from `at` on, as fast as it is taken and the end likes. */
function say(socket: Socket, end: End, at: number, moved: (bytes: number) => void): void {
  const { how, says } = end;
  if (socket.destroyed) return;
  if (at === says.length) {
    socket.end();
    return;
  }
  const chunk = says.subarray(at, at + how.nextWrite());
  const next = (): void => say(socket, end, at + chunk.length, moved);
  const goOn = how.restsAfterWrite() ? () => setImmediate(next) : next;
  socket.write(chunk, (error) => {
    if (error) return;
    moved(chunk.length);
    goOn();
  });
}

/** While the end of our side is on its way, Node cannot reset: 'close' would never come. */
function reset(socket: Socket, onCutOff: () => void): void {
  if (!socket.writableEnded && !socket.destroyed) onCutOff();
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}

/** Counts, and calls back once it has come so far. */
function counter(limit: number, onReached: () => void): (bytes: number) => void {
  let count = 0;
  return (bytes) => {
    count += bytes;
    if (count >= limit) onReached();
  };
}

/** What arrived must be what was said, from its beginning on; and all of it, unless the connection was reset. */
function faults(direction: string, { bytes, digest, hasEnded }: Heard, { says }: End, isWhole: boolean): string[] {
  if (digest !== digestOf(says.subarray(0, bytes))) return [`${direction}: altered`];
  // Whether a reset came after the last bytes cannot be asked of Node's own sockets: they may take it for an end.
  return isWhole && (bytes < says.length || !hasEnded) ? [`${direction}: ${bytes} of ${says.length} bytes`] : [];
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
