import { parseArgs } from 'node:util';
import { BenchError, messageOf } from './bench-error.ts';
import type { Suite } from './suite.ts';

/** What the command line asks for. */
export interface BenchOptions {
  readonly suite: Suite;
  readonly caseIds: readonly string[];
  readonly peers: readonly string[];
  /** How long a round takes, in whole seconds. */
  readonly seconds: number;
  readonly rounds: number;
  /** Where the report is written to as JSON. */
  readonly out?: string;
  /** Whether the chart goes to docs/performance. */
  readonly withChart: boolean;
  /** Whether table, report and chart go to docs; then every case and every peer is in it. */
  readonly withDocs: boolean;
}

/** How it is used. */
export const usage = `usage: npm run bench -- SUITE [options]
  --quick          a first impression in less than a minute
  --case a,b       these cases only
  --peer a,b       these peers only
  --seconds N      how long a round takes (1)
  --rounds N       how many rounds (3; 2 with --quick)
  --out FILE.json  writes everything that was measured
  --chart          draws docs/performance/SUITE.svg
  --write-docs     brings docs/performance.md, its chart and its figures up to date
`;

/**
 * Reads the command line.
 *
 * @throws BenchError - it cannot be meant
 */
export function parseOptions(args: readonly string[], suites: readonly Suite[]): BenchOptions {
  const { values, positionals } = parse(args);
  const names = suites.map(({ name }) => name);
  const suite = suites.find(({ name }) => name === positionals[0]);
  if (suite === undefined || positionals.length !== 1) throw new BenchError(`name one suite of: ${names.join(', ')}`);
  const isQuick = values.quick === true;
  const withDocs = values['write-docs'] === true;
  if (withDocs && (isQuick || values.case !== undefined || values.peer !== undefined)) {
    throw new BenchError('--write-docs needs every case and every peer: leave out --quick, --case and --peer');
  }
  return {
    suite,
    caseIds: chosen('case', values.case, suite.caseIds) ?? (isQuick ? suite.quickCaseIds : suite.caseIds),
    peers:
      chosen(
        'peer',
        values.peer,
        suite.peers.map(({ name }) => name),
      ) ?? suite.peers.map(({ name }) => name),
    seconds: count('seconds', values.seconds, 1),
    rounds: count('rounds', values.rounds, isQuick ? 2 : 3),
    ...(values.out !== undefined && { out: values.out }),
    withChart: values.chart === true,
    withDocs,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: flag,
        case: text,
        peer: text,
        seconds: text,
        rounds: text,
        out: text,
        chart: flag,
        'write-docs': flag,
      },
    });
  } catch (error) {
    throw new BenchError(messageOf(error), { cause: error });
  }
}

/** Keeps the order of those that there are. */
function chosen(option: string, list: string | undefined, all: readonly string[]): readonly string[] | undefined {
  if (list === undefined) return undefined;
  const names = list.split(',');
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new BenchError(`--${option} has no ${unknown.join(', ')}; there are ${all.join(', ')}`);
  }
  return all.filter((name) => names.includes(name));
}

function count(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000) {
    throw new BenchError(`--${option} is to be a whole number from 1 to 1000, not ${text}`);
  }
  return value;
}
