import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './config-error.ts';
import type { ConfigErrorCode } from './config-error.ts';
import { objectSource } from './config-source.ts';
import { readYaml } from './read-yaml.ts';
import type { RawConfig } from './read-yaml.ts';

/** Whether a config file is a module, going by its name. */
export function isModule(path: string): boolean {
  return /\.m?js$/.test(path);
}

/**
 * Reads a config file: YAML or JSON, or, where its name ends in `.mjs` or `.js`, a module whose default export is the
 * config.
 *
 * @throws ERR_CONFIG_NOT_FOUND, ERR_CONFIG_UNREADABLE, ERR_CONFIG_SYNTAX
 */
export async function readConfigFile(path: string): Promise<RawConfig> {
  const file = resolve(path);
  const text = await readText(file, path);
  return isModule(path) ? readModule(file, path) : readYaml(text, file, path);
}

async function readText(file: string, label: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw fileError('ERR_CONFIG_NOT_FOUND', label, 'there is no such file', error);
    throw fileError('ERR_CONFIG_UNREADABLE', label, `cannot be read: ${messageOf(error)}`, error);
  }
}

async function readModule(file: string, label: string): Promise<RawConfig> {
  const module = await importModule(file, label);
  if (!('default' in module)) {
    throw fileError('ERR_CONFIG_UNREADABLE', label, 'expected a default export: `export default defineConfig({ … })`');
  }
  const source = objectSource(file);
  return {
    value: module.default,
    source: { file, issue: (path, message) => ({ ...source.issue(path, message), origin: label }) },
  };
}

async function importModule(file: string, label: string): Promise<object> {
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    return typeof module === 'object' && module !== null ? module : {};
  } catch (error) {
    throw fileError('ERR_CONFIG_UNREADABLE', label, `the module failed: ${messageOf(error)}`, error);
  }
}

function fileError(code: ConfigErrorCode, label: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError(
    code,
    [{ origin: label, line: undefined, column: undefined, path: '', message }],
    cause === undefined ? undefined : { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
