import type { Clock, Random } from '@millpond/contracts';
import type { Factory } from './factory.ts';
import type { LeakWatch } from './leak-watch.ts';
import type { Meter } from './meter.ts';
import type { PoolLimits, PoolSettings } from './pool-options.ts';
import type { WaiterQueue } from './waiter-queue.ts';

/** What a `Stock` works with. */
export interface StockOptions<T> {
  readonly factory: Factory<T>;
  readonly settings: PoolSettings;
  /** What of the settings may change; `Stock.resized` is called when it has. */
  readonly limits: Readonly<PoolLimits>;
  /** Absent where leaks are not looked for. */
  readonly leaks: LeakWatch<T> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly waiters: WaiterQueue<T>;
  /** A creation has failed that waiters may have counted on. */
  readonly onCreateFailed: (error: unknown) => void;
  /** A slot or a resource is gone. */
  readonly onClosed: () => void;
}
