import type { FrontendContext } from './frontend-context.ts';
import type { HandedOver } from './tunnel.ts';

/** The client's side of an exchange, as the exchange sees it. */
export interface ClientSide {
  readonly frontend: FrontendContext;
  /** Whether the connection could be kept open after this exchange. */
  readonly canKeepAlive: boolean;
  /** Bytes that the client has not taken yet. */
  readonly pending: number;
  /** Whether to write no more until {@link Exchange.onClientDrain}. */
  readonly isFull: boolean;
  /** Milliseconds until {@link Exchange.onDeadline}; 0 for never. */
  setDeadline(ms: number): void;
  /** Asks for {@link Exchange.onClientDrain}. */
  notifyDrain(): void;
  /** Goes on reading the request body. */
  resume(): void;
  /** The exchange is over and the response is written. */
  finished(keepAlive: boolean): void;
  /** The exchange is over and its response cannot be completed: the client must see that. */
  cut(): void;
  /** Gives its socket to a tunnel; nothing but {@link ClientSide.tunnelEnded} is called after that. */
  handOver(): HandedOver;
  /** The tunnel has ended, and the socket is closed. */
  tunnelEnded(): void;
}
