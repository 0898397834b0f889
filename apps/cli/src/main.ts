import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { normaliseArguments } from './normalise-arguments.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs the command line. Never rejects: what goes wrong is written to stderr.
 *
 * @param args - without the program itself
 * @returns what the process is to end with
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(terminal, (ended) => {
    code = ended;
  });
  const options = program.commands.flatMap((command) => command.options);
  const names = new Set(options.flatMap(({ long }) => long?.replace(/^--/, '') ?? []));
  try {
    await program.parseAsync(normaliseArguments(args, names), { from: 'user' });
    return code;
  } catch (error) {
    return reportError(error, terminal.stderr);
  }
}
