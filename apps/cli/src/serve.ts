import type { Proxy } from '@millpond/proxy';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { StopSignal, Terminal } from './terminal.ts';

/** What happens around a proxy that is being served. */
export interface ServeOptions {
  /** Called once, when every frontend is open. */
  readonly onOpen?: () => void;
  /** Called when the first signal stops the proxy. */
  readonly onStop?: (signal: StopSignal) => void;
}

/**
 * Starts a proxy and lets it run until a signal stops it. A second signal cuts off what is still in flight, and a third
 * does not wait for that either.
 *
 * Rejects where the proxy cannot be started; it is closed then.
 */
export async function serve(
  proxy: Pick<Proxy, 'start' | 'stop'>,
  terminal: Pick<Terminal, 'onStopSignal'>,
  { onOpen, onStop }: ServeOptions = {},
): Promise<ExitCode> {
  let stopListening: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      let signals = 0;
      const end = () => resolve(signals > 1 ? exitCodes.interrupted : exitCodes.ok);
      stopListening = terminal.onStopSignal((signal) => {
        signals += 1;
        if (signals === 1) onStop?.(signal);
        if (signals > 2) end();
        else proxy.stop(signals === 1 ? {} : { timeoutMs: 0 }).then(end, reject);
      });
      proxy.start().then(
        () => signals === 0 && onOpen?.(),
        // A start that was given up because of a signal has not failed.
        (error: unknown) => signals === 0 && reject(error),
      );
    });
  } finally {
    stopListening?.();
  }
}
