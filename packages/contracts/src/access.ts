/**
 * Who may connect to a frontend. Whoever may not is reset before TLS, and no backend is asked for anything. Where several
 * frontends have the same object, they count together.
 */
export interface AccessRules {
  /** Addresses, and ranges such as `10.0.0.0/8`, that alone may connect. @defaultValue all of them */
  readonly allow?: readonly string[];
  /** Those that may not, be they in `allow` or not. @defaultValue none */
  readonly deny?: readonly string[];
  /** How often one client may connect: `connections` within `perMs` on average, `burst` of them at once. @defaultValue no limit */
  readonly rate?: { readonly connections: number; readonly perMs: number; readonly burst: number };
  /** Connections that may be open at once; 0 for no limit. @defaultValue 0 */
  readonly maxConnections?: number;
}
