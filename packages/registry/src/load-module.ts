import { statSync } from 'node:fs';
import { dirname, isAbsolute, resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MillpondError } from '@millpond/contracts';
import { resolve as resolveImport } from 'import-meta-resolve';
import { messageOf } from './message-of.ts';

/**
 * Where a plugin module lies.
 *
 * @param specifier - an npm name, or a path that is absolute or begins with `./` or `../`
 * @param from - absolute path of the file that names it
 * @returns the `file:` URL of the module
 * @throws ERR_REGISTRY_PLUGIN_NOT_FOUND
 */
export function resolveModule(specifier: string, from: string): string {
  const url = isPath(specifier)
    ? pathToFileURL(resolvePath(dirname(from), specifier)).href
    : resolvePackage(specifier, from);
  const path = fileURLToPath(url);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw notFound(specifier, from, `${path} does not exist; ${hint(specifier)}`);
  if (!stats.isFile()) throw notFound(specifier, from, `${path} is not a file; name the module file itself`);
  return url;
}

/**
 * Runs a module and returns what it exports as `plugins`.
 *
 * @param url - from {@link resolveModule}
 * @throws ERR_REGISTRY_MODULE_FAILED - the module threw; `cause` is what it threw
 * @throws ERR_REGISTRY_MODULE_INVALID - it exports no array called `plugins`
 */
export async function importPlugins(url: string): Promise<readonly unknown[]> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(url);
  } catch (cause) {
    throw new MillpondError(
      'ERR_REGISTRY_MODULE_FAILED',
      `plugin module ${fileURLToPath(url)} failed to load: ${messageOf(cause)}`,
      { cause },
    );
  }
  const plugins = exports['plugins'];
  if (!Array.isArray(plugins)) {
    throw new MillpondError(
      'ERR_REGISTRY_MODULE_INVALID',
      `${fileURLToPath(url)} is not a plugin module: it must export an array called "plugins"`,
    );
  }
  return plugins;
}

function isPath(specifier: string): boolean {
  return isAbsolute(specifier) || /^\.{1,2}[/\\]/.test(specifier);
}

function resolvePackage(specifier: string, from: string): string {
  let url: string;
  try {
    // Node 20's import.meta.resolve ignores its second argument.
    url = resolveImport(specifier, pathToFileURL(from).href);
  } catch (cause) {
    throw notFound(specifier, from, hint(specifier), cause);
  }
  if (!url.startsWith('file:')) throw notFound(specifier, from, 'a plugin module is an npm package or a file');
  return url;
}

function notFound(specifier: string, from: string, why: string, cause?: unknown): MillpondError {
  return new MillpondError(
    'ERR_REGISTRY_PLUGIN_NOT_FOUND',
    `plugin module "${specifier}", named in ${from}, was not found: ${why}`,
    cause === undefined ? undefined : { cause },
  );
}

function hint(specifier: string): string {
  return isPath(specifier)
    ? 'paths are relative to the file that names them'
    : `install it beside that file (npm install ${specifier}), or begin a path with "./"`;
}
