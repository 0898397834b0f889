import { createProxy, loadConfig } from '@millpond/proxy';
import type { ProxyConfig } from '@millpond/proxy';
import { defaultConfigFile, namedConfigFile } from './config-file.ts';
import { createLogger } from './create-logger.ts';
import type { ExitCode } from './exit-codes.ts';
import { configOfFlags, overridesOfFlags } from './run-flags.ts';
import type { RunFlags } from './run-flags.ts';
import { serve } from './serve.ts';
import type { Terminal } from './terminal.ts';

/** The options of `millpond run`. */
export interface RunOptions extends RunFlags {
  readonly config?: string;
}

/** `millpond run`: serves a config until a signal stops it. */
export async function runCommand(
  argument: string | undefined,
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = await readConfig(namedConfigFile(argument, options.config), options, terminal);
  const logger = createLogger(config.log, terminal);
  const onStop = (signal: string) => logger.info({ signal }, 'Stopping; a second signal cuts off what is in flight');
  return serve(createProxy(config, { logger }), terminal, { onStop });
}

function readConfig(named: string | undefined, flags: RunFlags, { env }: Terminal): Promise<ProxyConfig> {
  if (named === undefined && flags.backend !== undefined) {
    return loadConfig(undefined, { env, overrides: configOfFlags(flags) });
  }
  return loadConfig(named ?? defaultConfigFile(), { env, overrides: (config) => overridesOfFlags(flags, config) });
}
