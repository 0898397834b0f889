import type { ClientRoom, Observer } from '@millpond/contracts';
import type { AcceptedClient } from './accepted-client.ts';

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
  readonly #begin: (client: AcceptedClient) => void;
  readonly #leave = (): void => this.#options.room?.leave();
  readonly #waiting = new Map<AcceptedClient, () => void>();

  /** @param begin - called once for each client, when it may be served */
  constructor(options: ClientDoorOptions, begin: (client: AcceptedClient) => void) {
    this.#options = options;
    this.#begin = begin;
  }

  /** A client has connected. */
  add(client: AcceptedClient): void {
    const { room } = this.#options;
    if (room === undefined) this.#begin(client);
    else if (room.tryEnter()) this.#enter(client);
    else this.#wait(client, room);
  }

  /** Cuts off who waits: they have asked for nothing. */
  close(): void {
    for (const [client, onEntered] of this.#waiting) {
      this.#options.room?.giveUp(onEntered);
      client.destroy();
    }
    this.#waiting.clear();
  }

  #enter(client: AcceptedClient): void {
    client.onClose(this.#leave);
    this.#begin(client);
  }

  #wait(client: AcceptedClient, room: ClientRoom): void {
    const { observer } = this.#options;
    const onEntered = (): void => {
      this.#waiting.delete(client);
      this.#enter(client);
    };
    if (room.tryWait(onEntered)) {
      this.#waiting.set(client, onEntered);
      observer.clientWaits?.(this.portName, room.crowd);
      return;
    }
    client.reset();
    const { clients, waiting, maxOpenFiles } = room.crowd;
    const reason = `${clients} clients are served and ${waiting} wait, all that ${maxOpenFiles} open files allow; raise ulimit -n`;
    observer.connectionRefused?.(this.portName, {
      clientAddress: client.remoteAddress,
      code: 'ERR_TCP_NO_DESCRIPTORS',
      reason,
    });
  }
}
