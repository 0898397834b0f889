import { existsSync } from 'node:fs';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-codes.ts';

const DEFAULTS = ['config.json', 'millpond.yaml'];

/**
 * The config file that a command line names; undefined where it names none.
 *
 * @param argument - `millpond run FILE`
 * @param option - `--config FILE`
 */
export function namedConfigFile(argument: string | undefined, option: string | undefined): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new CommandError(`Two configs are named, ${argument} and ${option}. Name one.`, exitCodes.usage);
  }
  return argument ?? option;
}

/** The config file of the current folder: `config.json`, else `millpond.yaml`. */
export function defaultConfigFile(): string {
  const file = DEFAULTS.find((name) => existsSync(name));
  if (file !== undefined) return file;
  throw new CommandError(
    `There is neither ${DEFAULTS.join(' nor ')} in this folder. Name a config: --config FILE`,
    exitCodes.config,
  );
}
