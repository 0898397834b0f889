import { Socket } from 'node:net';
import { HandleWire } from '../socket/handle-wire.ts';
import { detachHandle, type SocketHandle } from '../socket/node-handles.ts';
import type { ReadBuffers } from '../socket/read-buffers.ts';
import { resetSocket } from '../socket/reset-socket.ts';
import { StreamWire } from '../socket/stream-wire.ts';
import type { Wire } from '../socket/wire.ts';

/**
 * A client that has connected and is not served yet: a bare handle as long as nobody needs more, or a socket of Node's. It
 * reads nothing. Whoever has it makes one thing of it, or closes it.
 */
export class AcceptedClient {
  /** Its IP address as the system has it; empty over UNIX, and where it has gone already. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly isTcp: boolean;
  #handle: SocketHandle | undefined;
  #socket: Socket | undefined;
  readonly #onClosed: (() => void)[] = [];
  readonly #closed = (): void => {
    for (const listener of this.#onClosed.splice(0)) listener();
  };

  /** @param source - half-open allowed, and paused if it is a socket */
  constructor(source: Socket | SocketHandle) {
    if (source instanceof Socket) {
      this.#socket = source.once('close', this.#closed);
      this.isTcp = source.localPort !== undefined;
      this.remoteAddress = source.remoteAddress ?? '';
      this.remotePort = source.remotePort ?? 0;
      return;
    }
    this.#handle = source;
    this.isTcp = source.getpeername !== undefined;
    // All that Node puts there; adding what is missing costs more.
    const name = { address: '', family: '', port: 0 };
    source.getpeername?.(name);
    this.remoteAddress = name.address;
    this.remotePort = name.port;
  }

  /** Has `listener` called once when the connection is closed, whatever has become of it. */
  onClose(listener: () => void): void {
    this.#onClosed.push(listener);
  }

  /** For those who need a socket of Node's; paused. */
  socket(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const options: { allowHalfOpen: boolean; handle: SocketHandle | undefined; pauseOnCreate: boolean } = {
      allowHalfOpen: true,
      handle: this.#handle,
      pauseOnCreate: true,
    };
    this.#handle = undefined;
    this.#socket = new Socket(options).once('close', this.#closed);
    return this.#socket;
  }

  /** For those who read and write. @param isBare - on a bare handle, if there is one */
  wire(buffers: ReadBuffers, isBare: boolean): Wire {
    const handle = isBare ? (this.#handle ?? detachHandle(this.socket())) : undefined;
    if (handle === undefined) return new StreamWire(this.socket());
    const wire = new HandleWire(handle, buffers);
    wire.onClosed = this.#closed;
    return wire;
  }

  /** For those who speak TLS on a bare handle: what `begin` makes of it; undefined where there is none. */
  secure<T extends { readonly wire: Wire }>(begin: (handle: SocketHandle) => T): T | undefined {
    if (this.#handle === undefined) return undefined;
    const begun = begin(this.#handle);
    begun.wire.onClosed = this.#closed;
    return begun;
  }

  destroy(): void {
    if (this.#handle === undefined) this.#socket?.destroy();
    else this.#handle.close(this.#closed);
  }

  /** As {@link AcceptedClient.destroy}, over TCP with a reset, which needs no answer and leaves nothing behind. */
  reset(): void {
    if (this.#handle === undefined) resetSocket(this.socket());
    else if (this.#handle.reset === undefined) this.#handle.close(this.#closed);
    else this.#handle.reset(this.#closed);
  }
}
