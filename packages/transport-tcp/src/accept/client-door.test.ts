import { connect } from 'node:net';
import { ManualClock } from '@millpond/testkit';
import type { Address, ClientRoom, Observer } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/deferred.ts';
import { listenForTest, READ_PATHS } from '../../test/loopback.ts';
import { AccessGate } from '../access/access-gate.ts';
import type { FastSocket } from '../socket/fast-socket.ts';

/** Room for one client, and for another one that waits. */
class SmallRoom implements ClientRoom {
  clients = 0;
  onEntered: (() => void) | undefined;

  get crowd() {
    return { clients: this.clients, waiting: this.onEntered === undefined ? 0 : 1, maxOpenFiles: 10 };
  }

  tryEnter(): boolean {
    if (this.clients === 1) return false;
    this.clients = 1;
    return true;
  }

  leave(): void {
    this.clients -= 1;
    const { onEntered } = this;
    if (onEntered === undefined) return;
    this.onEntered = undefined;
    this.clients += 1;
    onEntered();
  }

  tryWait(onEntered: () => void): boolean {
    if (this.onEntered !== undefined) return false;
    this.onEntered = onEntered;
    return true;
  }

  giveUp(): void {
    this.onEntered = undefined;
  }
}

/** An observer that tells when a client waits and when one is refused. */
function watch() {
  const waits = deferred<string>();
  const refused = deferred<{ code: string; reason: string }>();
  const observer: Observer = {
    clientWaits: (address) => waits.resolve(address),
    connectionRefused: (_address, { code, reason }) => refused.resolve({ code, reason }),
  };
  return { observer, waits: waits.promise, refused: refused.promise };
}

/** A client that reads, and is closed when the other side closes it. */
class Client {
  readonly closed: Promise<void>;

  constructor(address: Address) {
    const { promise, resolve } = deferred();
    this.closed = promise;
    connect({ ...address })
      .on('error', () => undefined)
      .once('close', () => resolve())
      .resume();
  }
}

describe.each(READ_PATHS)('a port whose clients need room, reading by $path', ({ bareHandles }) => {
  it('keeps who comes too late waiting until somebody leaves, and then serves it', async () => {
    const room = new SmallRoom();
    const { observer, waits } = watch();
    const accepted: FastSocket[] = [];
    const [first, second] = [deferred(), deferred()];
    const onConnection = (socket: FastSocket): void => {
      if (accepted.push(socket) === 1) first.resolve();
      else second.resolve();
    };
    const port = await listenForTest({ room, observer, bareHandles, onConnection });
    const one = new Client(port.address);
    await first.promise;
    const two = new Client(port.address);
    const { address } = port;
    expect(await waits).toBe('port' in address ? `${address.host}:${address.port}` : '');
    expect(accepted).toHaveLength(1);
    accepted[0]?.destroy();
    await second.promise;
    expect(room.clients).toBe(1);
    accepted[1]?.destroy();
    await Promise.all([one.closed, two.closed]);
    await expect.poll(() => room.clients).toBe(0);
    await port.close();
  });

  it('resets who finds too many waiting, and says why; closing it cuts off who waits', async () => {
    const room = new SmallRoom();
    const { observer, waits, refused } = watch();
    const accepted = deferred<FastSocket>();
    const port = await listenForTest({ room, observer, bareHandles, onConnection: accepted.resolve });
    const one = new Client(port.address);
    const served = await accepted.promise;
    const two = new Client(port.address);
    await waits;
    const three = new Client(port.address);
    expect(await refused).toEqual({
      code: 'ERR_TCP_NO_DESCRIPTORS',
      reason: '1 clients are served and 1 wait, all that 10 open files allow; raise ulimit -n',
    });
    await three.closed;
    await port.close();
    await two.closed;
    expect(room.crowd).toEqual({ clients: 1, waiting: 0, maxOpenFiles: 10 });
    served.destroy();
    await one.closed;
    await expect.poll(() => room.clients).toBe(0);
  });

  it('gives the place of a client back whom a gate refuses', async () => {
    const room = new SmallRoom();
    const { observer, refused } = watch();
    const gate = new AccessGate({ deny: ['127.0.0.0/8'] }, new ManualClock());
    const port = await listenForTest({ room, observer, bareHandles, gates: [gate] });
    const client = new Client(port.address);
    await refused;
    await client.closed;
    await expect.poll(() => room.clients).toBe(0);
    await port.close();
  });
});
