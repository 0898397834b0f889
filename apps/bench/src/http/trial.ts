import type { Sample, Trial } from '../comparison.ts';
import type { BackendPath } from './backend.ts';
import { check } from './check.ts';
import { isOnNode, sharedTarget, startTarget } from './target.ts';
import type { HttpBench, Target, TargetOptions } from './target.ts';

/** How {@link startTrial} starts a peer, and what it looks at first. */
export interface TrialOptions extends TargetOptions {
  readonly path?: BackendPath;
  /** Sent by POST. */
  readonly bodyBytes?: number;
  /** How long a peer on Node has load first. @defaultValue {@link COMPILING_SECONDS} if it had none before, else a second */
  readonly warmUpSeconds?: number;
}

/** Long enough for thousands of requests. */
export const WARM_UP_SECONDS = 1;

/** How long the code of a peer on Node is compiled, on one core and under load. */
export const COMPILING_SECONDS = 3;

/** What a case does with a peer. */
export interface TrialActs {
  warmUp(seconds: number): Promise<void>;
  measure(): Promise<Sample>;
}

/**
 * Starts a peer, unless it runs already, and checks that it answers as it should.
 *
 * @param act - what is done with it
 * @throws Error - it is not there, or does not; a process of its own has been stopped then
 */
export async function startTrial(
  bench: HttpBench,
  peer: string,
  options: TrialOptions,
  act: (target: Target) => TrialActs,
): Promise<Trial> {
  const isOwn = options.nodeArgs !== undefined;
  const target = await (isOwn ? startTarget : sharedTarget)(bench, peer, options);
  const { path = '/', bodyBytes, warmUpSeconds } = options;
  const stop = async (): Promise<void> => (isOwn ? target.program.stop() : undefined);
  try {
    await check(target, path, bodyBytes === undefined ? undefined : Buffer.alloc(bodyBytes, 'x'));
  } catch (error) {
    await stop();
    throw error;
  }
  const acts = act(target);
  return {
    async warmUp() {
      const seconds = warmUpSeconds ?? (target.isWarm ? WARM_UP_SECONDS : COMPILING_SECONDS);
      await acts.warmUp(isOnNode(target) ? seconds : WARM_UP_SECONDS);
      target.isWarm = true;
    },
    measure: () => acts.measure(),
    stop,
  };
}
