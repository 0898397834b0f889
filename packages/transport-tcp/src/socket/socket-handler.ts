/** Gets what happens on a `FastSocket`. Calls never nest, and none follows `onClose`. */
export interface SocketHandler {
  /**
   * Bytes have come: the first `length` of `buffer`. They are valid only during the call, and the handler may change them.
   *
   * @returns whether to go on reading; false is like `FastSocket.pause`
   */
  onData(buffer: Buffer, length: number): boolean;
  /** The other side will send no more. */
  onEnd(): void;
  /** Everything written has been taken by the kernel; called once after `FastSocket.notifyDrain`. */
  onDrain(): void;
  /** The socket is gone; nothing more happens on it. */
  onClose(error: Error | undefined): void;
}

/** For a socket that nobody uses yet. */
export const IGNORE: SocketHandler = {
  onData: () => true,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};
