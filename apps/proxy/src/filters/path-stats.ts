import { definePlugin } from '@millpond/contracts';
import type { Filter, FilterExchange } from '@millpond/contracts';
import { z } from 'zod';
import { HeaviestPaths } from './heaviest-paths.ts';
import type { PathCount } from './heaviest-paths.ts';

/** What the config may say of `path-stats`. */
export const pathStatsOptions = z.strictObject({
  maxPaths: z.number().int().min(1).max(1_000_000).default(1000).meta({
    description: 'Paths that are kept; beyond that, those with the fewest bytes make way',
  }),
});

/** The same with defaults filled in. */
export type PathStatsOptions = z.output<typeof pathStatsOptions>;

/** The template value that {@link PathStats} provides. */
const bytesValue = 'path.bytes';

/** Longer paths are counted together with those that begin alike. */
const maxPathLength = 1024;

/**
 * Counts the completed responses of an app, and their body bytes, by path; the query does not matter.
 *
 * For templates it provides `path.bytes`: the body bytes that completed responses for this path have served so far, with
 * this one where its length is known in advance.
 */
export class PathStats implements Filter {
  readonly provides: readonly string[] = [bytesValue];
  readonly #paths: HeaviestPaths;

  constructor({ maxPaths }: PathStatsOptions) {
    this.#paths = new HeaviestPaths(maxPaths);
  }

  onResponse(exchange: FilterExchange): void {
    exchange.setValue(bytesValue, () => String(this.#paths.bytes(keyOf(exchange)) + bodyLength(exchange)));
  }

  onEnd(exchange: FilterExchange, bytes: number, completed: boolean): void {
    if (completed) this.#paths.add(keyOf(exchange), bytes);
  }

  /** What has been counted, the path with the most bytes first. */
  snapshot(): PathCount[] {
    return this.#paths.list();
  }
}

/** The filter `path-stats`. */
export const pathStats = definePlugin({
  kind: 'filter',
  name: 'path-stats',
  apiVersion: 1,
  options: pathStatsOptions,
  create: (options) => new PathStats(options),
});

function keyOf({ path }: FilterExchange): string {
  return path.length <= maxPathLength ? path : path.slice(0, maxPathLength);
}

/** Body bytes of this response that are known to come; a declared length need not mean a body (RFC 9110, section 6.4.1). */
function bodyLength({ method, status, responseLength }: FilterExchange): number {
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  return hasBody ? Math.max(0, responseLength) : 0;
}
