import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from './metrics-registry.ts';
import { startProcessMetrics } from './process-metrics.ts';

function valueOf(registry: MetricsRegistry, name: string, quantile?: string): number {
  const samples = registry.snapshot().flatMap((family) => family.samples);
  const sample = samples.find((one) => one.name === name && one.labels['quantile'] === quantile);
  return sample?.value ?? NaN;
}

/** Keeps the event loop busy, then lets its timers run. */
async function block(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end);
  const { port1, port2 } = new MessageChannel();
  port1.postMessage('');
  await once(port2, 'message');
  port1.close();
}

describe('the metrics of the process', () => {
  it('tell CPU time, memory and start time in seconds and bytes', () => {
    const registry = new MetricsRegistry();
    const stop = startProcessMetrics(registry);
    expect(valueOf(registry, 'process_cpu_seconds_total')).toBeGreaterThan(0.01);
    expect(valueOf(registry, 'process_cpu_seconds_total')).toBeLessThan(3600);
    expect(valueOf(registry, 'process_resident_memory_bytes')).toBeGreaterThan(10e6);
    expect(valueOf(registry, 'process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0);
    stop();
  });

  it('tell how late the event loop was', async () => {
    const registry = new MetricsRegistry();
    const stop = startProcessMetrics(registry);
    // Its own timer has to fire at least twice: once before the delay, once after.
    for (let turn = 0; turn < 4; turn++) await block(60);
    expect(valueOf(registry, 'millpond_event_loop_delay_seconds', '1')).toBeGreaterThan(0.02);
    stop();
  });

  it('are gone once stopped, and can be started again', () => {
    const registry = new MetricsRegistry();
    startProcessMetrics(registry)();
    expect(registry.snapshot()).toEqual([]);
    startProcessMetrics(registry)();
  });
});
