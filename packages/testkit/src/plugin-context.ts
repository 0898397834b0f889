import type { Observer, PluginContext } from '@millpond/contracts';
import { ManualClock } from './manual-clock.ts';
import { recordingLogger } from './recording-logger.ts';
import type { RecordingLogger } from './recording-logger.ts';
import { seededRandom } from './seeded-random.ts';

/** A plugin context whose clock is turned by hand and whose log can be read. */
export interface TestPluginContext extends PluginContext {
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
}

/** What a test passes to `plugin.create`: a clock of its own, seeded randomness, a log of its own. */
export function pluginContext(options?: {
  /** Seed of `random`. @defaultValue 1 */
  readonly seed?: number;
  /** @defaultValue one that takes no notice of anything */
  readonly observer?: Observer;
}): TestPluginContext {
  return {
    clock: new ManualClock(),
    random: seededRandom(options?.seed ?? 1),
    logger: recordingLogger(),
    observer: options?.observer ?? {},
  };
}
