import type { Socket } from 'node:net';
import type { ClientRoom, Observer } from '@millpond/contracts';
import { resetSocket } from './reset-socket.ts';

/** What a {@link ClientDoor} works with. */
export interface ClientDoorOptions {
  /** Lets everybody in unless given. */
  readonly room?: ClientRoom | undefined;
  readonly observer: Observer;
}

/**
 * Lets the clients of a port in while there is room, so that open files never run out: without descriptors libuv closes
 * whoever connects, nothing can be dialled, and nobody is told. Node cannot stop accepting and keep the kernel's queue;
 * so who comes too late is accepted, and then neither read nor served until somebody leaves.
 */
export class ClientDoor {
  /** Of the port, as people write it; observers are told it. */
  portName = '';
  readonly #options: ClientDoorOptions;
  readonly #begin: (accepted: Socket) => void;
  readonly #leave = (): void => this.#options.room?.leave();
  readonly #waiting = new Map<Socket, () => void>();

  /** @param begin - called once for each client, when it may be served */
  constructor(options: ClientDoorOptions, begin: (accepted: Socket) => void) {
    this.#options = options;
    this.#begin = begin;
  }

  /** A client has connected; its socket is paused. */
  add(accepted: Socket): void {
    const { room } = this.#options;
    if (room === undefined) this.#begin(accepted);
    else if (room.tryEnter()) this.#enter(accepted);
    else this.#wait(accepted, room);
  }

  /** Cuts off who waits: they have asked for nothing. */
  close(): void {
    for (const [accepted, onEntered] of this.#waiting) {
      this.#options.room?.giveUp(onEntered);
      accepted.destroy();
    }
    this.#waiting.clear();
  }

  #enter(accepted: Socket): void {
    accepted.once('close', this.#leave);
    this.#begin(accepted);
  }

  #wait(accepted: Socket, room: ClientRoom): void {
    const { observer } = this.#options;
    const onEntered = (): void => {
      this.#waiting.delete(accepted);
      this.#enter(accepted);
    };
    if (room.tryWait(onEntered)) {
      this.#waiting.set(accepted, onEntered);
      observer.clientWaits?.(this.portName, room.crowd);
      return;
    }
    const { remoteAddress: clientAddress = '' } = accepted;
    resetSocket(accepted);
    const { clients, waiting, maxOpenFiles } = room.crowd;
    const reason = `${clients} clients are served and ${waiting} wait, all that ${maxOpenFiles} open files allow; raise ulimit -n`;
    observer.connectionRefused?.(this.portName, { clientAddress, code: 'ERR_TCP_NO_DESCRIPTORS', reason });
  }
}
