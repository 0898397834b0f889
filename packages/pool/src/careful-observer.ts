import type { PoolObserver } from './pool-observer.ts';

const NAMES = ['created', 'createFailed', 'destroyed', 'destroyFailed', 'waitEnded', 'returned', 'leaked'] as const;

/**
 * The same observer, whose failures do the pool no harm: they are thrown as errors that nobody has caught, as those of
 * subscribers to `node:diagnostics_channel` are.
 */
export function careful(observer: PoolObserver): PoolObserver {
  const told: Partial<Record<keyof PoolObserver, (...args: readonly unknown[]) => void>> = {};
  for (const name of NAMES) {
    const method: unknown = observer[name];
    if (typeof method === 'function') told[name] = (...args) => tell(() => Reflect.apply(method, observer, args));
  }
  return told;
}

function tell(observer: () => void): void {
  try {
    observer();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
