/** Where a socket connects to or listens. */
export type Address =
  | { readonly host: string; readonly port: number }
  /** A UNIX socket. */
  | { readonly path: string };

/** One address that serves requests or connections, with a weight and a priority. */
export interface Backend {
  /** Stable for as long as the backend exists, whatever its address resolves to; health and statistics are keyed by it. */
  readonly id: string;
  readonly address: Address;
  /** As people know it: `http://127.0.0.1:9001`, `https://10.0.0.1:443`, `127.0.0.1:5432`. */
  readonly url: string;
  /** Share of the traffic relative to the others, 0 to 1000. At 0 nothing new is sent to it. */
  readonly weight: number;
  /** Backends of a higher number are used only when none of a lower one can be. */
  readonly priority: number;
  /** Whether it speaks TLS. @defaultValue false */
  readonly tls?: boolean;
}
