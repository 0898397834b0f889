import type { Trial } from '../comparison.ts';
import type { BackendPath } from './backend.ts';
import { check } from './check.ts';
import { startTarget } from './target.ts';
import type { HttpBench, Target, TargetOptions } from './target.ts';

/** How {@link startTrial} starts a peer, and what it looks at first. */
export interface TrialOptions extends TargetOptions {
  readonly path?: BackendPath;
  /** Sent by POST. */
  readonly bodyBytes?: number;
}

/**
 * Starts a peer and checks that it answers as it should.
 *
 * @param act - what is done with it
 * @throws Error - it is not there, or does not; it has been stopped then
 */
export async function startTrial(
  bench: HttpBench,
  peer: string,
  options: TrialOptions,
  act: (target: Target) => Pick<Trial, 'warmUp' | 'measure'>,
): Promise<Trial> {
  const target = await startTarget(bench, peer, options);
  const { path = '/', bodyBytes } = options;
  try {
    await check(target, path, bodyBytes === undefined ? undefined : Buffer.alloc(bodyBytes, 'x'));
  } catch (error) {
    await target.program.stop();
    throw error;
  }
  return { ...act(target), stop: () => target.program.stop() };
}
