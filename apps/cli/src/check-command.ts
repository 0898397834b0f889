import { checkCertificates, checkPlugins, loadConfig } from '@millpond/proxy';
import { defaultConfigFile, namedConfigFile } from './config-file.ts';
import { describeConfig } from './describe-config.ts';
import { isConfigError } from './report-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The options of `millpond check`. */
export interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `millpond check`: reads a config, and the plugins that it names, and says what was understood. */
export async function checkCommand(
  argument: string | undefined,
  options: CheckOptions,
  { stdout, env }: Terminal,
): Promise<ExitCode> {
  const file = namedConfigFile(argument, options.config) ?? defaultConfigFile();
  try {
    const config = await loadConfig(file, { env });
    await checkPlugins(config);
    await checkCertificates(config);
    const { source: _, ...understood } = config;
    stdout.write(
      options.json === true
        ? json({ valid: true, file, config: understood })
        : `${file} is valid.\n\n${describeConfig(config)}`,
    );
    return exitCodes.ok;
  } catch (error) {
    if (options.json !== true || !isConfigError(error)) throw error;
    stdout.write(json({ valid: false, file, code: error.code, issues: error.issues }));
    return exitCodes.config;
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, withoutSecrets, 2)}\n`;
}

/** What is printed may end up in the log of a build. */
function withoutSecrets(key: string, value: unknown): unknown {
  return key === 'passphrase' ? '***' : value;
}
