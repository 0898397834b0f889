import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { CollectedValue, MetricsRegistry } from './metrics-registry.ts';
import { openFiles, openFilesLimit } from './open-files.ts';

/** How often the event loop is asked whether it is late. */
const resolutionMs = 20;

const nsPerSecond = 1e9;
const usPerSecond = 1e6;

/**
 * Begins to measure this process: CPU time, memory, open files, event-loop delay, start time.
 *
 * The names of what Prometheus's own clients measure are theirs (`process_cpu_seconds_total`), so that common
 * dashboards find them. The delay of the event loop is that since the last snapshot.
 *
 * @returns what ends it and takes the metrics out of the registry again
 * @throws ERR_METRICS_DUPLICATE - the registry has them already
 */
export function startProcessMetrics(registry: MetricsRegistry): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const names = {
    cpu: 'process_cpu_seconds_total',
    memory: 'process_resident_memory_bytes',
    openFiles: 'process_open_fds',
    maxOpenFiles: 'process_max_fds',
    start: 'process_start_time_seconds',
    delay: 'millpond_event_loop_delay_seconds',
  };
  registry.counterFrom(names.cpu, 'CPU time spent, user and system', () => {
    const { user, system } = process.cpuUsage();
    return [{ value: (user + system) / usPerSecond }];
  });
  registry.gaugeFrom(names.memory, 'Memory held', () => [{ value: process.memoryUsage.rss() }]);
  const maxOpenFiles = openFilesLimit();
  registry.gaugeFrom(names.openFiles, 'Files and sockets that are open', () => known(openFiles()));
  registry.gaugeFrom(names.maxOpenFiles, 'Files and sockets that may be open', () => known(maxOpenFiles));
  registry.gaugeFrom(names.start, 'Start of the process since the epoch', () => [
    { value: performance.timeOrigin / 1000 },
  ]);
  registry.gaugeFrom(names.delay, 'How late the event loop was since the last snapshot', () => {
    const values = [
      lateness('0.5', delay.percentile(50)),
      lateness('0.99', delay.percentile(99)),
      lateness('1', delay.max),
    ];
    delay.reset();
    return values;
  });
  delay.enable();
  return () => {
    delay.disable();
    for (const name of Object.values(names)) registry.unregister(name);
  };
}

function known(value: number | undefined): CollectedValue[] {
  return value === undefined ? [] : [{ value }];
}

function lateness(quantile: string, intervalNs: number): CollectedValue {
  // What is measured is the time from one timer to the next, and that includes the distance they were set at.
  return { labels: { quantile }, value: Math.max(0, intervalNs / nsPerSecond - resolutionMs / 1000) };
}
