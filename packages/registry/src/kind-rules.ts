import type { PluginKind, PluginKinds } from '@millpond/contracts';

/** What the registry knows of one kind of part. */
export interface KindRules<Part> {
  /** The methods without which a part is not of this kind. */
  readonly requires: readonly (keyof Part & string)[];
  /** Ends the part's life. */
  end(part: Part): void | Promise<void>;
}

/** The rules of every kind of plugin. */
export const kindRules: { readonly [K in PluginKind]: KindRules<PluginKinds[K]> } = {
  strategy: { requires: ['update', 'pick'], end: (strategy) => strategy.dispose?.() },
  probe: { requires: ['check'], end: (probe) => probe.dispose?.() },
  transport: { requires: ['connect', 'serve'], end: (transport) => transport.dispose?.() },
  discovery: { requires: ['watch'], end: (discovery) => discovery.dispose?.() },
  filter: { requires: [], end: (filter) => filter.dispose?.() },
  exporter: { requires: ['start', 'stop'], end: (exporter) => exporter.stop() },
};

/** Whether `value` names a kind of plugin. */
export function isPluginKind(value: unknown): value is PluginKind {
  return typeof value === 'string' && Object.hasOwn(kindRules, value);
}
