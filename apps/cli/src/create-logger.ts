import type { ProxyConfig } from '@millpond/proxy';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { usesColour } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** A logger that writes to stderr: JSON, or, on a terminal and where the config says so, lines for people. */
export function createLogger({ level, format }: ProxyConfig['log'], { stderr, env }: Terminal): Logger {
  const isPretty = format === 'pretty' || (format === undefined && stderr.isTTY === true);
  const colorize = usesColour(stderr, env);
  const render = isPretty ? prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' }) : (line: string) => line;
  return pino({ level, base: null }, { write: (line) => void stderr.write(render(line)) });
}
