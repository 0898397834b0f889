import { join } from 'node:path';
import type { Plugin, PluginContext, PluginKind, PluginKinds } from '@millpond/contracts';
import { PluginOptionsError, PluginRegistry } from '@millpond/registry';
import { builtInPlugins } from './built-in-plugins.ts';
import { joinPath } from './config/config-path.ts';
import { ConfigError, type ConfigSource, type PluginUse, type ProxyConfig } from './config/index.ts';

/** Makes the parts that a config names, and says where in the config a fault of theirs stands. */
export class PluginParts {
  readonly #registry: PluginRegistry;
  readonly #source: ConfigSource;

  private constructor(registry: PluginRegistry, source: ConfigSource) {
    this.#registry = registry;
    this.#source = source;
  }

  /**
   * Registers the built-ins, those that are given, and those of the modules that the config names.
   *
   * @throws ERR_REGISTRY_PLUGIN_NOT_FOUND and other ERR_REGISTRY_* codes
   */
  static async load(config: ProxyConfig, given: readonly Plugin[], context: PluginContext): Promise<PluginParts> {
    const registry = new PluginRegistry(context);
    registry.register(builtInPlugins, 'millpond');
    registry.register(given, 'the embedding program');
    // A config that was given as an object has no file: its modules are looked up from the current folder.
    const from = config.source.file ?? join(process.cwd(), 'config');
    for (const specifier of config.plugins) await registry.load(specifier, { from });
    return new PluginParts(registry, config.source);
  }

  /**
   * Creates a part; it is disposed of with all the others.
   *
   * @throws ERR_CONFIG_INVALID - no plugin of that name, or it refuses its options
   * @throws ERR_REGISTRY_CREATE_FAILED, ERR_REGISTRY_CREATE_TIMEOUT
   */
  async create<K extends PluginKind>(kind: K, use: PluginUse): Promise<PluginKinds[K]> {
    return this.#locate(use, () => this.#registry.create(kind, use.name, use.options, use.path));
  }

  /** Creates a part that its user disposes of. Throws like {@link PluginParts.create}. */
  async createFor<K extends PluginKind>(kind: K, use: PluginUse): Promise<PluginKinds[K]> {
    return this.#registry.handOver(await this.create(kind, use));
  }

  /** Checks name and options, and creates nothing. @throws ERR_CONFIG_INVALID */
  async check(kind: PluginKind, use: PluginUse): Promise<void> {
    await this.#locate(use, () => this.#registry.validate(kind, use.name, use.options, use.path));
  }

  /** Disposes of every part, the last created first. */
  async dispose(): Promise<void> {
    await this.#registry.dispose();
  }

  async #locate<T>(use: PluginUse, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw locate(error, use, this.#source) ?? error;
    }
  }
}

/** A fault that the config is to blame for, with its place there; undefined for any other. */
function locate(error: unknown, use: PluginUse, source: ConfigSource): ConfigError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error instanceof PluginOptionsError) {
    const located = error.issues.map(({ path, message }) =>
      source.issue(path.reduce<string>(joinKey, use.optionsPath), message),
    );
    return new ConfigError('ERR_CONFIG_INVALID', located, { cause: error });
  }
  if (error.code === 'ERR_REGISTRY_UNKNOWN_PLUGIN') {
    const message = error.message.replace(`${use.path}: `, '');
    return new ConfigError('ERR_CONFIG_INVALID', [source.issue(use.path, message)], { cause: error });
  }
  return undefined;
}

function joinKey(path: string, key: PropertyKey): string {
  return joinPath(path, typeof key === 'symbol' ? String(key) : key);
}
