import type { PoolObserver } from './pool-observer.ts';

const NAMES = ['created', 'createFailed', 'destroyed', 'destroyFailed', 'waitEnded', 'returned', 'leaked'] as const;

/**
 * The same observer, whose failures do the pool no harm: they are thrown as errors that nobody has caught, as those of
 * subscribers to `node:diagnostics_channel` are.
 */
export function careful(observer: PoolObserver): PoolObserver {
  const told: Partial<Record<(typeof NAMES)[number], (...args: readonly unknown[]) => void>> = {};
  for (const name of NAMES) {
    const method: unknown = observer[name]?.bind(observer);
    if (typeof method === 'function') told[name] = (...args) => tell(method, args);
  }
  return told;
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- whatever the observer has
function tell(method: Function, args: readonly unknown[]): void {
  try {
    method(...args);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
