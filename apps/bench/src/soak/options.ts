import { parseArgs } from 'node:util';
import { BenchError, messageOf } from '../bench-error.ts';

/** What the command line asks for. */
export interface SoakOptions {
  /** Of clients, all open at once. */
  readonly connections: number;
  /** How long there is traffic in each round. */
  readonly seconds: number;
}

/** How it is used. */
export const soakUsage = `usage: npm run soak -- [options]
  --connections N  how many clients are connected at once (9000); ulimit -n is to be twice that and 1,100
  --seconds N      how long they talk in each of two rounds (30)
`;

/**
 * Reads the command line.
 *
 * @throws BenchError - it cannot be meant
 */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { connections, seconds } = parse(args);
  return { connections: count('connections', connections, 9000), seconds: count('seconds', seconds, 30) };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { connections: text, seconds: text } }).values;
  } catch (error) {
    throw new BenchError(messageOf(error), { cause: error });
  }
}

function count(option: string, text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  if (!Number.isInteger(value) || value < 1 || value > 25_000) {
    throw new BenchError(`--${option} is to be a whole number from 1 to 25000, not ${text}`);
  }
  return value;
}
