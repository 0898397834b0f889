import { MillpondError, type Clock } from '@millpond/contracts';
import { IGNORE } from '../socket/socket-handler.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import { ClientHelloFault, type ClientHello } from './client-hello.ts';
import { ClientHelloReader } from './client-hello-reader.ts';

/** What {@link awaitClientHello} needs. */
export interface AwaitClientHelloOptions {
  readonly clock: Pick<Clock, 'setTimeout' | 'clear'>;
  /** Milliseconds until it must be whole; 0 for no limit. */
  readonly timeoutMs: number;
  /** Aborting it gives up. */
  readonly signal: AbortSignal;
}

/** The first that a client said. */
export interface FirstWords {
  readonly hello: ClientHello;
  /** All that was read of it so far, one byte per character. */
  readonly read: string;
}

/**
 * Reads what a client says first, and nothing is taken from it: `read` has all. The socket is paused and its handler
 * {@link IGNORE} when this settles.
 *
 * @throws ERR_TCP_CLIENT_HELLO - it speaks TLS badly, at too great length, or too slowly
 * @throws ERR_TCP_CLIENT_RESET - it went away
 * @throws the signal's reason, when it aborts
 */
export function awaitClientHello(socket: FastSocket, options: AwaitClientHelloOptions): Promise<FirstWords> {
  const { clock, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const reader = new ClientHelloReader();
    const settle = (): void => {
      if (timer !== undefined) clock.clear(timer);
      signal.removeEventListener('abort', onAbort);
      socket.handler = IGNORE;
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onTimeout = (): void => {
      socket.pause();
      fail(helloFailed(`took longer than ${timeoutMs} ms`));
    };
    const timer = timeoutMs > 0 ? clock.setTimeout(onTimeout, timeoutMs) : undefined;
    signal.addEventListener('abort', onAbort, { once: true });
    const onGone = (): void =>
      fail(new MillpondError('ERR_TCP_CLIENT_RESET', 'The client went away before it had said what it wants.'));
    socket.handler = {
      ...IGNORE,
      onData: (buffer, length) => {
        try {
          const hello = reader.push(buffer.subarray(0, length));
          if (hello === undefined) return true;
          settle();
          resolve({ hello, read: reader.read.toString('latin1') });
        } catch (error) {
          fail(error instanceof ClientHelloFault ? helloFailed(`cannot be read: ${error.message}`) : error);
        }
        return false;
      },
      onEnd: onGone,
      onClose: onGone,
    };
    socket.resume();
  });
}

function helloFailed(what: string): MillpondError {
  return new MillpondError(
    'ERR_TCP_CLIENT_HELLO',
    `The ClientHello, which chooses the route, ${what}. Look at the client.`,
  );
}
