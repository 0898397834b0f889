import type { ConfigError } from '@millpond/proxy';
import { CommanderError } from 'commander';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './terminal.ts';

/** Whether a config cannot be used. */
export function isConfigError(error: unknown): error is ConfigError {
  const isOfConfig = codeOf(error).startsWith('ERR_CONFIG_') || codeOf(error) === 'ERR_TLS_INVALID_CERTIFICATE';
  return isOfConfig && error instanceof Error && 'issues' in error;
}

/** Tells a person what went wrong; returns what the process is to end with. */
export function reportError(error: unknown, stderr: Output): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CommandError) {
    stderr.write(`error: ${error.message}\n`);
    return error.exitCode;
  }
  if (isConfigError(error)) {
    stderr.write(`${error.message}\nerror: The config cannot be used (${error.code})\n`);
    const isByFlags = error.issues.every(({ origin }) => origin?.startsWith('--'));
    return isByFlags ? exitCodes.usage : exitCodes.config;
  }
  stderr.write(`error: ${describe(error)}\n`);
  return codeOf(error).startsWith('ERR_REGISTRY_') ? exitCodes.config : exitCodes.runtime;
}

/** With a code, the message is for people; without one, only the stack helps. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  return code === '' ? (error.stack ?? error.message) : `${error.message} (${code})`;
}

/** The stable code of an error; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
