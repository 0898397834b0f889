import type { CollectedValue, MetricsRegistry } from '@millpond/metrics';
import type { PathStats } from './filters/index.ts';

type PathFigures = ReturnType<PathStats['snapshot']>[number];

/** Adds the figures per URL path of the apps that count them. */
export function registerPathMetrics(metrics: MetricsRegistry, byApp: ReadonlyMap<string, PathStats>): void {
  if (byApp.size === 0) return;
  const read = (figure: (path: PathFigures) => number) => (): CollectedValue[] =>
    [...byApp].flatMap(([app, stats]) =>
      stats.snapshot().map((path) => ({ labels: { app, path: path.path }, value: figure(path) })),
    );
  metrics.gaugeFrom(
    'millpond_path_responses',
    'Completed responses by path, of the paths that are kept',
    read(({ requests }) => requests),
  );
  metrics.gaugeFrom(
    'millpond_path_response_bytes',
    'Body bytes of completed responses by path',
    read(({ bytes }) => bytes),
  );
}
