import { describe, expect, test } from 'vitest';
import { serve } from './serve.ts';
import type { StopSignal } from './terminal.ts';

/** A proxy and a terminal whose every step the test decides. */
class Stage {
  readonly stops: (number | undefined)[] = [];
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #stopped = new Gate();
  readonly #started = new Gate();

  readonly proxy = {
    start: () => this.#started.promise,
    stop: ({ timeoutMs }: { timeoutMs?: number } = {}) => {
      this.stops.push(timeoutMs);
      return this.#stopped.promise;
    },
  };
  readonly terminal = {
    onStopSignal: (listener: (signal: StopSignal) => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  signal(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  started(): void {
    this.#started.open();
  }

  startFails(error: Error): void {
    this.#started.fail(error);
  }

  stopped(): void {
    this.#stopped.open();
  }
}

class Gate {
  open: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.open = resolve;
    this.fail = reject;
  });
}

describe('serving a proxy', () => {
  test('ends well once a signal has stopped it', async () => {
    const stage = new Stage();
    const said: string[] = [];
    const served = serve(stage.proxy, stage.terminal, {
      onOpen: () => said.push('open'),
      onStop: (signal) => said.push(signal),
    });
    stage.started();
    await Promise.resolve();
    stage.signal('SIGTERM');
    stage.stopped();
    expect(await served).toBe(0);
    expect(said).toEqual(['open', 'SIGTERM']);
    expect(stage.stops).toEqual([undefined]);
    expect(stage.listeners).toBe(0);
  });

  test('is cut off by a second signal', async () => {
    const stage = new Stage();
    const served = serve(stage.proxy, stage.terminal);
    stage.started();
    stage.signal('SIGINT');
    stage.signal('SIGINT');
    stage.stopped();
    expect(await served).toBe(130);
    expect(stage.stops).toEqual([undefined, 0]);
  });

  test('does not even wait for that after a third', async () => {
    const stage = new Stage();
    const served = serve(stage.proxy, stage.terminal);
    stage.signal('SIGINT');
    stage.signal('SIGINT');
    stage.signal('SIGINT');
    expect(await served).toBe(130);
  });

  test('rejects when it cannot start', async () => {
    const stage = new Stage();
    const served = serve(stage.proxy, stage.terminal);
    stage.startFails(new Error('no luck'));
    await expect(served).rejects.toThrow('no luck');
    expect(stage.listeners).toBe(0);
  });

  test('ends well when a signal comes while it is still starting', async () => {
    const stage = new Stage();
    const said: string[] = [];
    const served = serve(stage.proxy, stage.terminal, { onOpen: () => said.push('open') });
    stage.signal('SIGINT');
    stage.startFails(new Error('given up'));
    stage.stopped();
    expect(await served).toBe(0);
    expect(said).toEqual([]);
  });
});
