import type { FastSocket } from '../src/socket/fast-socket.ts';
import { Relay, type RelayOptions } from '../src/relay/relay.ts';

/** A relay that writes what it has read from where it was read, though the kernel may not take all of it at once. */
export function carelessRelay(options: RelayOptions): Relay {
  const relay = new Relay(options);
  spoil(options.client, options.backend);
  spoil(options.backend, options.client);
  return relay;
}

function spoil(from: FastSocket, to: FastSocket): void {
  const careful = from.handler;
  from.handler = {
    onData: (buffer, length) => {
      to.write(buffer.subarray(0, length));
      if (to.pending > 0) to.notifyDrain();
      return to.pending === 0;
    },
    onEnd: () => careful.onEnd(),
    onDrain: () => careful.onDrain(),
    onClose: (error) => careful.onClose(error),
  };
}
