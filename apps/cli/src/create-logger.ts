import type { ProxyConfig } from '@millpond/proxy';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { usesColour } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Bytes of log that may wait to be read; lines beyond are dropped. */
const MAX_WAITING = 1_048_576;

/** A logger that writes to stderr: JSON, or, on a terminal and where the config says so, lines for people. */
export function createLogger({ level, format }: ProxyConfig['log'], { stderr, env }: Terminal): Logger {
  const isPretty = format === 'pretty' || (format === undefined && stderr.isTTY === true);
  const colorize = usesColour(stderr, env);
  const render = isPretty ? prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' }) : (line: string) => line;
  let dropped = 0;
  const write = (line: string): void => {
    if ((stderr.writableLength ?? 0) > MAX_WAITING) {
      dropped++;
      return;
    }
    stderr.write(render(line));
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    logger.warn({ dropped: lines }, 'Lines of the log were dropped, as they were not read in time');
  };
  const logger = pino({ level, base: null }, { write });
  return logger;
}
