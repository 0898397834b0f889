import { MillpondError } from '@millpond/contracts';
import type { Plugin, PluginContext, PluginKind, PluginKinds } from '@millpond/contracts';
import { checkOptions } from './check-options.ts';
import { checkPlugin } from './check-plugin.ts';
import { createPart } from './create-part.ts';
import { CreatedParts } from './created-parts.ts';
import { kindRules } from './kind-rules.ts';
import { importPlugins, resolveModule } from './load-module.ts';
import { nearestName } from './nearest-name.ts';
import { withTimeLimit } from './time-limit.ts';

/** Time limits of a {@link PluginRegistry}. */
export interface PluginRegistryOptions {
  /** How long a module may take to load, and a plugin to create a part; 0 is no limit. @defaultValue 10000 */
  readonly createTimeoutMs?: number;
  /** How long a part may take to shut down; 0 is no limit. @defaultValue 5000 */
  readonly disposeTimeoutMs?: number;
}

interface Registered<K extends PluginKind> {
  readonly plugin: Plugin<K>;
  readonly source: string;
}

type Catalogue = { readonly [K in PluginKind]: Map<string, Registered<K>> };

/**
 * Plugins by kind and name. It owns every part that it creates, until {@link PluginRegistry.dispose} or
 * {@link PluginRegistry.handOver}.
 */
export class PluginRegistry {
  readonly #context: PluginContext;
  readonly #createTimeoutMs: number;
  readonly #disposeTimeoutMs: number;
  readonly #created = new CreatedParts();
  readonly #catalogue: Catalogue = {
    strategy: new Map(),
    probe: new Map(),
    transport: new Map(),
    discovery: new Map(),
    filter: new Map(),
    exporter: new Map(),
  };
  #disposed = false;

  /** @param context - handed to every plugin; its clock also measures the time limits */
  constructor(
    context: PluginContext,
    { createTimeoutMs = 10_000, disposeTimeoutMs = 5_000 }: PluginRegistryOptions = {},
  ) {
    this.#context = context;
    this.#createTimeoutMs = createTimeoutMs;
    this.#disposeTimeoutMs = disposeTimeoutMs;
  }

  /**
   * Makes plugins known. Where one is refused, those before it stay registered.
   *
   * @param source - who they come from, for messages: a package, a path
   * @throws ERR_REGISTRY_PLUGIN_INVALID, ERR_REGISTRY_API_VERSION
   * @throws ERR_REGISTRY_DUPLICATE - its kind has a plugin of that name already
   */
  register(plugins: readonly Plugin[], source: string): void {
    for (const plugin of plugins) this.#add(plugin, source);
  }

  /**
   * Registers the plugins of a module. Its code runs: load only what the operator's own config names.
   *
   * @param specifier - an npm name, or a path that is absolute or begins with `./` or `../`
   * @param options - `from`: absolute path of the config file; names and paths are resolved relative to it
   * @throws ERR_REGISTRY_PLUGIN_NOT_FOUND - there is no such module
   * @throws ERR_REGISTRY_MODULE_FAILED - it threw while loading; `cause` is what it threw
   * @throws ERR_REGISTRY_MODULE_TIMEOUT - it did not finish loading
   * @throws ERR_REGISTRY_MODULE_INVALID - it exports no array called `plugins`
   * @throws what {@link PluginRegistry.register} throws
   */
  async load(specifier: string, { from }: { readonly from: string }): Promise<void> {
    const url = resolveModule(specifier, from);
    const limitMs = this.#createTimeoutMs;
    const plugins = await withTimeLimit(importPlugins(url), {
      clock: this.#context.clock,
      limitMs,
      expired: () =>
        new MillpondError(
          'ERR_REGISTRY_MODULE_TIMEOUT',
          `plugin module "${specifier}" did not finish loading within ${limitMs} ms; see what it awaits at its top level`,
        ),
    });
    for (const plugin of plugins) this.#add(plugin, `"${specifier}"`);
  }

  /** The known names of a kind, in alphabetical order. */
  names(kind: PluginKind): string[] {
    return [...this.#catalogue[kind].keys()].toSorted();
  }

  /** Whether a plugin of that kind and name is known. */
  has(kind: PluginKind, name: string): boolean {
    return this.#catalogue[kind].has(name);
  }

  /**
   * Checks options without creating anything.
   *
   * @param options - as the config has them; absent ones are checked as `{}`
   * @param path - where the config names the plugin, for messages: `apps[0].strategy`
   * @returns the options with defaults filled in; {@link PluginRegistry.create} wants them as they were before
   * @throws ERR_REGISTRY_UNKNOWN_PLUGIN, ERR_REGISTRY_OPTIONS_INVALID
   */
  async validate(kind: PluginKind, name: string, options: unknown, path: string): Promise<unknown> {
    return checkOptions(this.#find(kind, name, path), options, `${path}.options`);
  }

  /**
   * Checks the options, creates a part, and remembers it for disposal.
   *
   * @param options - as the config has them; absent ones are checked as `{}`
   * @param path - where the config names the plugin, for messages: `apps[0].strategy`
   * @throws ERR_REGISTRY_UNKNOWN_PLUGIN, ERR_REGISTRY_OPTIONS_INVALID
   * @throws ERR_REGISTRY_CREATE_FAILED - the plugin threw; `cause` is what it threw
   * @throws ERR_REGISTRY_CREATE_TIMEOUT - it took too long; what comes of it later is disposed of
   * @throws ERR_REGISTRY_PLUGIN_INVALID - what it created lacks methods of its kind
   * @throws ERR_REGISTRY_DISPOSED - the registry has been disposed of
   */
  async create<K extends PluginKind>(kind: K, name: string, options: unknown, path: string): Promise<PluginKinds[K]> {
    this.#assertOpen();
    const plugin = this.#find(kind, name, path);
    const checked = await checkOptions(plugin, options, `${path}.options`);
    this.#assertOpen();
    const part = await createPart(plugin, checked, this.#context, this.#createTimeoutMs);
    const end = (): void | Promise<void> => kindRules[kind].end(part);
    if (this.#disposed) await end();
    this.#assertOpen();
    this.#created.add({ title: `${kind} "${name}"`, part, end });
    return part;
  }

  /** Makes the caller the owner of a part that was created here: the registry will not dispose of it. Returns the part. */
  handOver<Part extends object>(part: Part): Part {
    this.#created.forget(part);
    return part;
  }

  /**
   * Disposes of every part it still owns, the last created first. One that fails, or takes too long, does not keep the
   * others. Calling it again does nothing.
   *
   * @throws ERR_REGISTRY_DISPOSE_FAILED - at the end, where any failed; `cause` is an AggregateError
   */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#created.endAll(this.#context.clock, this.#disposeTimeoutMs);
  }

  #add(plugin: unknown, source: string): void {
    checkPlugin(plugin, source);
    this.#addChecked(plugin, source);
  }

  #addChecked<K extends PluginKind>(plugin: Plugin<K>, source: string): void {
    const { kind, name } = plugin;
    const known = this.#catalogue[kind].get(name);
    if (known !== undefined) {
      throw new MillpondError(
        'ERR_REGISTRY_DUPLICATE',
        `${kind} "${name}" from ${source} is already registered, from ${known.source}; rename one or leave one out`,
      );
    }
    this.#catalogue[kind].set(name, { plugin, source });
  }

  #find<K extends PluginKind>(kind: K, name: string, path: string): Plugin<K> {
    const registered = this.#catalogue[kind].get(name);
    if (registered !== undefined) return registered.plugin;
    const names = this.names(kind);
    const nearest = nearestName(name, names);
    const guess = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    throw new MillpondError(
      'ERR_REGISTRY_UNKNOWN_PLUGIN',
      `${path}: there is no ${kind} "${name}"${guess} (known: ${names.join(', ') || 'none'})`,
    );
  }

  #assertOpen(): void {
    if (!this.#disposed) return;
    throw new MillpondError('ERR_REGISTRY_DISPOSED', 'the plugin registry has been disposed of; make a new one');
  }
}
