import type { ExchangeResult } from '@millpond/contracts';
import { Relay, type FastSocket, type RelayEnd } from '@millpond/transport-tcp';
import type { Engine } from './engine.ts';

/** A socket that its connection gives away for good, and what was read from it and is not used yet. */
export interface HandedOver {
  /** Open. Who takes it sets its handler. */
  readonly socket: FastSocket;
  /** One byte per character. */
  readonly early: string;
}

/** How a tunnel ended, and what went through it. */
export interface TunnelEnd {
  readonly result: ExchangeResult;
  readonly errorCode: string | undefined;
  /** From the client. */
  readonly bytesIn: number;
  /** To the client. */
  readonly bytesOut: number;
}

/** How the end of the relay is reported, as for a connection of protocol `tcp`. */
const ENDS: Readonly<Record<RelayEnd, Pick<TunnelEnd, 'result' | 'errorCode'>>> = {
  completed: { result: 'completed', errorCode: undefined },
  'client-reset': { result: 'aborted', errorCode: 'ERR_HTTP_TUNNEL_CLIENT_RESET' },
  'backend-reset': { result: 'reset', errorCode: 'ERR_HTTP_TUNNEL_BACKEND_RESET' },
  'idle-timeout': { result: 'timeout', errorCode: 'ERR_HTTP_TUNNEL_TIMEOUT' },
  // Tunnels have no such limit.
  'session-timeout': { result: 'timeout', errorCode: 'ERR_HTTP_TUNNEL_TIMEOUT' },
  'fin-timeout': { result: 'timeout', errorCode: 'ERR_HTTP_TUNNEL_FIN_TIMEOUT' },
  aborted: { result: 'aborted', errorCode: 'ERR_HTTP_TUNNEL_ABORTED' },
};

/** What a client and a backend have between them once they have switched protocols: bytes, until both have ended. */
export class Tunnel {
  readonly #relay: Relay;

  /**
   * Passes on what was read before, then all that comes. It owns both sockets.
   *
   * @param idleMs - without a byte in either direction after which both sides are cut off; 0 for no limit
   * @param onEnd - called once, when both sockets are closed
   */
  constructor(
    { deadlines }: Pick<Engine, 'deadlines'>,
    client: HandedOver,
    backend: HandedOver,
    idleMs: number,
    onEnd: (end: TunnelEnd) => void,
  ) {
    this.#relay = new Relay({
      client: client.socket,
      backend: backend.socket,
      readFromClient: client.early,
      readFromBackend: backend.early,
      deadlines,
      idleMs,
      onEnd: ({ reason, bytesFromClient, bytesFromBackend }) =>
        onEnd({ ...ENDS[reason], bytesIn: bytesFromClient, bytesOut: bytesFromBackend }),
    });
  }

  /** Cuts off both sides; `onEnd` follows. */
  abort(): void {
    this.#relay.abort();
  }
}
