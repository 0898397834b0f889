import process from 'node:process';

/** A signal that stops the proxy. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Where a command writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Bytes that have been written and not been taken yet. */
  readonly writableLength?: number;
}

/** What a command knows of the process that it runs in. */
export interface Terminal {
  /** For data. */
  readonly stdout: Output;
  /** For logs and complaints. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` for every signal that is to stop the proxy; returns what ends that. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // What cannot be told to anybody, as the disk is full or the reader gone, is no reason to stop serving.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onStopSignal: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
  };
}

/** Whether colours may be used (https://no-color.org). */
export function usesColour(output: Output, env: Terminal['env']): boolean {
  return output.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
