import type { ClientRoom, Crowd, Observer } from '@millpond/contracts';
import type { ProxyConfig } from './config/index.ts';

/** Descriptors of Node itself, of files, of the admin address, and of sockets that are being closed. */
const RESERVE = 64;

/** Of the descriptors, one in so many is for a client that waits. */
const WAITING_SHARE = 8;
const MAX_WAITING = 1024;

/** What a {@link DescriptorRoom} reckons with. */
export interface DescriptorRoomOptions {
  /** What the system allows this process. */
  readonly maxOpenFiles: number;
  /** Descriptors that are needed whatever clients do: of ports, and of active checks. */
  readonly reserved: number;
}

/**
 * Reckons how many clients the limit on open files has room for: a client needs a descriptor, and so may its connection to
 * a backend. It counts, and never asks the system, so a client costs it some additions. Connections to backends are known
 * from the events of an {@link Observer}; only when there are more than clients do they take room of their own.
 */
export class DescriptorRoom implements ClientRoom, Observer {
  readonly #maxOpenFiles: number;
  readonly #maxWaiting: number;
  /** For clients that are served, and connections to backends. */
  readonly #capacity: number;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();
  #clients = 0;
  #backends = 0;

  constructor({ maxOpenFiles, reserved }: DescriptorRoomOptions) {
    const all = Math.max(0, maxOpenFiles - RESERVE - reserved);
    this.#maxOpenFiles = maxOpenFiles;
    this.#maxWaiting = Math.min(MAX_WAITING, Math.floor(all / WAITING_SHARE));
    this.#capacity = all - this.#maxWaiting;
  }

  get crowd(): Crowd {
    return { clients: this.#clients, waiting: this.#waiting.size, maxOpenFiles: this.#maxOpenFiles };
  }

  tryEnter(): boolean {
    if (this.#waiting.size > 0 || !this.#hasRoom()) return false;
    this.#clients += 1;
    return true;
  }

  leave(): void {
    this.#clients -= 1;
    this.#letIn();
  }

  tryWait(onEntered: () => void): boolean {
    if (this.#waiting.size >= this.#maxWaiting) return false;
    this.#waiting.add(onEntered);
    return true;
  }

  giveUp(onEntered: () => void): void {
    this.#waiting.delete(onEntered);
  }

  connectionOpened(): void {
    this.#backends += 1;
  }

  connectionClosed(): void {
    this.#backends -= 1;
    this.#letIn();
  }

  #hasRoom(): boolean {
    const clients = this.#clients + 1;
    // One is always let in: it may be served over a connection that is there.
    return clients === 1 || clients + Math.max(clients, this.#backends) <= this.#capacity;
  }

  #letIn(): void {
    for (const onEntered of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#waiting.delete(onEntered);
      this.#clients += 1;
      onEntered();
    }
  }
}

/** The room that a config leaves to clients; undefined where the system has no limit, or does not say. */
export function createDescriptorRoom(
  { apps, upstreams }: Pick<ProxyConfig, 'apps' | 'upstreams'>,
  maxOpenFiles: number | undefined,
): DescriptorRoom | undefined {
  if (maxOpenFiles === undefined) return undefined;
  const ports = apps.flatMap(({ frontends }) => frontends);
  const checks = Object.values(upstreams).flatMap(({ backends }) => backends);
  return new DescriptorRoom({ maxOpenFiles, reserved: ports.length + checks.length });
}
