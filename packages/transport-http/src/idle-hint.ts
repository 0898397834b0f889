/** How much earlier than the server says its connection is given up, so that no request crosses its close. */
const MARGIN_MS = 1000;

const TIMEOUT = /(?:^|[,;\s])timeout\s*=\s*"?([0-9]{1,9})(?![0-9])/i;

/**
 * How long a connection may be idle by what its server says in Keep-Alive (`timeout=5`, in seconds): a second less than
 * that; 0 where it must not be used again, Infinity where the field names no time.
 */
export function idleHintMs(keepAlive: string): number {
  const seconds = TIMEOUT.exec(keepAlive)?.[1];
  return seconds === undefined ? Infinity : Math.max(Number(seconds) * 1000 - MARGIN_MS, 0);
}
