import type { ClientRoom } from './client-room.ts';
import type { Clock, Logger, Random } from './ambient.ts';
import type { Discovery } from './discovery.ts';
import type { Exporter } from './exporter.ts';
import type { Filter } from './filter.ts';
import type { Observer } from './observer.ts';
import type { Probe } from './probe.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { Strategy } from './strategy.ts';
import type { Transport } from './transport.ts';

/** The version of these contracts that a plugin is written for. */
export const API_VERSION = 1;

/** Every kind of plugin, with what it creates. A closed map. */
export interface PluginKinds {
  strategy: Strategy;
  probe: Probe;
  transport: Transport;
  discovery: Discovery;
  filter: Filter;
  exporter: Exporter;
}

export type PluginKind = keyof PluginKinds;

/** What the host gives every plugin. */
export interface PluginContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: Observer;
  /** Where clients are counted, by transports that listen. @defaultValue nobody counts them */
  readonly room?: ClientRoom;
}

/** A plugin: a named way to create one kind of part. */
export interface Plugin<K extends PluginKind = PluginKind, Options = unknown> {
  readonly kind: K;
  /** Kebab-case; unique within its kind. The config names it. */
  readonly name: string;
  readonly apiVersion: typeof API_VERSION;
  /** Checks the options that the config gives and fills in defaults; absent options are checked as `{}`. */
  readonly options: StandardSchema<unknown, Options>;
  /** Called once per use in the config, under a time limit. What it returns is owned, and disposed of, by the host. */
  create(options: Options, context: PluginContext): PluginKinds[K] | Promise<PluginKinds[K]>;
}

/**
 * Types a plugin; returns it as it is. A module exports its plugins as an array called `plugins`.
 *
 * @example
 * ```ts
 * export const plugins = [
 *   definePlugin({
 *     kind: 'strategy',
 *     name: 'first',
 *     apiVersion: 1,
 *     options: z.strictObject({}),
 *     create: () => new First(),
 *   }),
 * ];
 * ```
 */
export function definePlugin<K extends PluginKind, Options>(plugin: Plugin<K, Options>): Plugin<K, Options> {
  return plugin;
}
