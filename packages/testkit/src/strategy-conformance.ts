import type { Plugin, Strategy } from '@millpond/contracts';
import { pluginContext } from './plugin-context.ts';
import { preparedRandom } from './prepared-random.ts';
import { duties } from './strategy-duties.ts';
import type { StrategyDuty } from './strategy-duties.ts';

/** The `test` (or `it`) of vitest, of node:test, or of anything that can be called like them. */
export interface TestFunction {
  (name: string, body: () => void | Promise<void>): unknown;
  readonly skip: (name: string, body: () => void) => unknown;
}

/** What {@link strategyConformance} checks, and with which test runner. */
export interface StrategyConformanceOptions {
  readonly test: TestFunction;
  readonly plugin: Plugin<'strategy'>;
  /** Options of the strategy, as the config would give them. @defaultValue none */
  readonly options?: unknown;
  /** Duties that the strategy does not have, each with the reason, which is shown in its place. */
  readonly skip?: Partial<Readonly<Record<StrategyDuty, string>>>;
}

/**
 * Registers one test for each thing that every strategy owes its host. A strategy's own test calls it, then adds what
 * makes the strategy special.
 *
 * @example
 * ```ts
 * import { strategyConformance } from '@millpond/testkit';
 * import { test } from 'node:test';
 * import { plugins } from './index.js';
 *
 * strategyConformance({ test, plugin: plugins[0], options: { choices: 3 } });
 * ```
 */
export function strategyConformance({ test, plugin, options, skip = {} }: StrategyConformanceOptions): void {
  for (const duty of duties) {
    const reason = skip[duty.name];
    const title = `${plugin.name}: ${duty.sentence}`;
    if (reason !== undefined) {
      test.skip(`${title} (${duty.name} skipped: ${reason})`, () => {});
      continue;
    }
    test(title, async () => {
      const strategy = await createStrategy(plugin, options);
      try {
        await duty.check(strategy, plugin);
      } finally {
        strategy.dispose?.();
      }
    });
  }
}

async function createStrategy(plugin: Plugin<'strategy'>, options: unknown): Promise<Strategy> {
  const checked = await plugin.options['~standard'].validate(options ?? {});
  if (checked.issues === undefined) {
    return plugin.create(checked.value, { ...pluginContext(), random: preparedRandom(1) });
  }
  const messages = checked.issues.map(({ message }) => message).join('; ');
  throw new Error(`the options given to strategyConformance are refused by ${plugin.name}: ${messages}`);
}
