import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RandomPlay, steps } from '../test/random-play.ts';

describe('Upstream, whatever happens to it', () => {
  it('lends a connection to one exchange at a time, loses no caller, and ends with nothing open or counted', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const play = await RandomPlay.start();
        for (const step of sequence) await play.play(step);
        await play.comeToRest();

        const { upstream, transport, clock } = play;
        const atRest = upstream.stats();
        expect(atRest).toMatchObject({ active: 0, queued: 0 });
        for (const { pool } of atRest.backends) expect(pool).toMatchObject({ active: 0, pending: 0, creating: 0 });
        await upstream.close();
        expect(play.violations).toEqual([]);
        expect(play.ended).toBe(play.begun);
        expect(play.closed).toBe(play.opened);
        expect(transport.open).toEqual([]);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
