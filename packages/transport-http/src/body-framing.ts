/** Where a message body ends (RFC 9112 §6.3). */
export type BodyFraming =
  /** There is none. */
  | 'none'
  /** After as many bytes as Content-Length says. */
  | 'length'
  /** With its last chunk. */
  | 'chunked'
  /** When the connection ends; responses only. */
  | 'close';
