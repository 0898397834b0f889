import type { Candidate, Outcome, PickContext, Strategy } from '@millpond/contracts';
import { bytesPerCall, pickContext } from '@millpond/testkit';
import { describe, expect, test } from 'vitest';
import { Balancer } from './balancer.ts';
import { LiveCandidate } from './live-candidate.ts';
import { RoundRobin } from './strategies/round-robin.ts';

const NONE: readonly LiveCandidate[] = [];
const outcome: Outcome = { result: 'completed', status: 200, latencyMs: 1, bytesSent: 1, bytesReceived: 1 };
const request = pickContext({ clientAddress: '192.0.2.9', headers: { 'x-user': 'me' } });
const always = () => true;

function candidate(id: string, options: { weight?: number; priority?: number } = {}): LiveCandidate {
  const { weight = 1, priority = 0 } = options;
  return new LiveCandidate({ id, address: { host: id, port: 80 }, url: `http://${id}:80`, weight, priority });
}

/** Picks what `choose` says, and notes what it is told. */
class Scripted implements Strategy {
  readonly updates: (readonly Candidate[])[] = [];
  readonly reports: Candidate[] = [];
  readonly #choose: (context: PickContext, candidates: readonly Candidate[]) => Candidate | undefined;
  isDisposed = false;
  picks = 0;

  constructor(choose: (context: PickContext, candidates: readonly Candidate[]) => Candidate | undefined) {
    this.#choose = choose;
  }

  update(candidates: readonly Candidate[]): void {
    this.updates.push(candidates);
  }

  pick(context: PickContext): Candidate | undefined {
    this.picks += 1;
    return this.#choose(context, this.updates.at(-1) ?? []);
  }

  report(reported: Candidate): void {
    this.reports.push(reported);
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

async function balancerOf(strategy: Strategy, usable: readonly LiveCandidate[]): Promise<Balancer<LiveCandidate>> {
  const balancer = new Balancer<LiveCandidate>(() => strategy);
  await balancer.prepare([0]);
  balancer.update(usable);
  return balancer;
}

/** Uses the priorities 0, 1 and 10. */
async function threeLevels(usable: readonly LiveCandidate[]) {
  const balancer = new Balancer<LiveCandidate>(() => new RoundRobin());
  await balancer.prepare([10, 0, 1]);
  balancer.update(usable);
  return balancer;
}

describe('a pick', () => {
  const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];

  test('is what the strategy picks', async () => {
    const balancer = await balancerOf(new RoundRobin(), [a, b, c]);
    const picked = Array.from({ length: 4 }, () => balancer.pick(request, NONE, always)?.id);
    expect(picked).toEqual(['a', 'b', 'c', 'a']);
  });

  test('is nothing where nothing is usable', async () => {
    const balancer = await balancerOf(new RoundRobin(), []);
    expect(balancer.pick(request, NONE, always)).toBeUndefined();
  });

  test('that was tried already is made once more', async () => {
    const strategy = new Scripted(() => (strategy.picks === 1 ? a : b));
    const balancer = await balancerOf(strategy, [a, b, c]);
    expect(balancer.pick(request, [a], always)).toBe(b);
    expect(strategy.picks).toBe(2);
  });

  test('whose gate refuses is made once more', async () => {
    const strategy = new Scripted(() => (strategy.picks === 1 ? a : b));
    const balancer = await balancerOf(strategy, [a, b, c]);
    expect(balancer.pick(request, NONE, (one) => one !== a)).toBe(b);
  });

  test('that fails twice gives way to any that is left', async () => {
    const strategy = new Scripted(() => a);
    const balancer = await balancerOf(strategy, [a, b, c]);
    expect(balancer.pick(request, [a, b], always)).toBe(c);
    expect(strategy.picks).toBe(2);
  });

  test('of any that is left does not always fall on the same one', async () => {
    const balancer = await balancerOf(new Scripted(() => a), [a, b, c]);
    const picked = new Set(Array.from({ length: 10 }, () => balancer.pick(request, [a], always)));
    expect(picked).toEqual(new Set([b, c]));
  });

  test('is nothing where all have been tried, or every gate refuses', async () => {
    const balancer = await balancerOf(new RoundRobin(), [a, b, c]);
    expect(balancer.pick(request, [c, a, b], always)).toBeUndefined();
    expect(balancer.pick(request, NONE, () => false)).toBeUndefined();
    expect(balancer.pick(request, [a], (one) => one === a)).toBeUndefined();
  });

  test('asks each gate once at most, and last the gate of the one that is chosen', async () => {
    const balancer = await balancerOf(new RoundRobin(), [a, b, c]);
    const asked: LiveCandidate[] = [];
    const picked = balancer.pick(request, [b], (one) => asked.push(one) === 2);
    expect(asked).toHaveLength(2);
    expect(new Set(asked)).toEqual(new Set([a, c]));
    expect(picked).toBe(asked[1]);
  });

  test('that is none of the usable is not believed', async () => {
    const stranger = candidate('stranger');
    const balancer = await balancerOf(new Scripted(() => stranger), [a, b]);
    const picked = new Set(Array.from({ length: 4 }, () => balancer.pick(request, NONE, always)));
    expect(picked).toEqual(new Set([a, b]));
  });

  test('that the strategy cannot make falls on any', async () => {
    const balancer = await balancerOf(new Scripted(() => undefined), [a]);
    expect(balancer.pick(request, NONE, always)).toBe(a);
  });

  test('shows the strategy the request, and lets go of it afterwards', async () => {
    let seen: unknown;
    let kept: PickContext = request;
    const balancer = await balancerOf(
      new Scripted((context) => {
        kept = context;
        seen = [context.clientAddress, context.clientId, context.header('x-user'), context.tried(b), context.tried(c)];
        return a;
      }),
      [a, b, c],
    );
    balancer.pick(request, [b], always);
    expect(seen).toEqual(['192.0.2.9', undefined, 'me', true, false]);
    expect([kept.clientAddress, kept.header('x-user'), kept.tried(b)]).toEqual([undefined, undefined, false]);
  });

  test('lets go of the request though the strategy throws', async () => {
    let kept: PickContext = request;
    const balancer = await balancerOf(
      new Scripted((context) => {
        kept = context;
        throw new Error('broken strategy');
      }),
      [a],
    );
    expect(() => balancer.pick(request, NONE, always)).toThrow('broken strategy');
    expect(kept.clientAddress).toBeUndefined();
  });

  test('tells the strategy of a gate that has refused, for its second try and no longer', async () => {
    const balancer = await balancerOf(new Scripted((context, all) => all.find((one) => !context.tried(one))), [
      a,
      b,
      c,
    ]);
    const asked: LiveCandidate[] = [];
    const onlyC = (one: LiveCandidate) => {
      asked.push(one);
      return one === c;
    };
    expect(balancer.pick(request, [a], onlyC)).toBe(c);
    expect(asked).toEqual([b, c]);
    expect(balancer.pick(request, [a], always)).toBe(b);
  });

  test('allocates nothing', async () => {
    const balancer = await balancerOf(new RoundRobin(), [a, b, c]);
    expect(await bytesPerCall(() => void balancer.pick(request, NONE, always))).toBeLessThan(1);
  });
});

describe('an update', () => {
  test('leaves out candidates of weight 0', async () => {
    const [a, b] = [candidate('a'), candidate('b', { weight: 0 })];
    const strategy = new Scripted((_, all) => all[0]);
    const balancer = await balancerOf(strategy, [a, b]);
    expect(strategy.updates.at(-1)).toEqual([a]);
    expect(balancer.pick(request, [a], always)).toBeUndefined();
  });

  test('takes the others of a priority that was not prepared for a mistake, and changes nothing', async () => {
    const a = candidate('a');
    const balancer = await balancerOf(new RoundRobin(), [a]);
    expect(() => balancer.update([candidate('b', { priority: 7 })])).toThrow(
      expect.objectContaining({
        code: 'ERR_BALANCER_NOT_PREPARED',
        message: expect.stringContaining('Backend b has priority 7'),
      }),
    );
    expect(balancer.pick(request, NONE, always)).toBe(a);
  });
});

describe('priorities', () => {
  const [a, b, spare, last] = [
    candidate('a'),
    candidate('b'),
    candidate('spare', { priority: 1 }),
    candidate('last', { priority: 10 }),
  ];

  test('only the lowest number that has usable candidates is used', async () => {
    const balancer = await threeLevels([last, spare, b, a]);
    const picks = () => new Set(Array.from({ length: 6 }, () => balancer.pick(request, NONE, always)?.id));
    expect(picks()).toEqual(new Set(['a', 'b']));
    balancer.update([last, spare]);
    expect(picks()).toEqual(new Set(['spare']));
    balancer.update([last]);
    expect(picks()).toEqual(new Set(['last']));
    balancer.update([last, b]);
    expect(picks()).toEqual(new Set(['b']));
  });

  test('a request that no candidate of a priority takes goes on to the next', async () => {
    const balancer = await threeLevels([a, b, spare, last]);
    expect(balancer.pick(request, [a, b], always)).toBe(spare);
    expect(balancer.pick(request, [a], (one) => one === last)).toBe(last);
    expect(balancer.pick(request, [a, b, spare, last], always)).toBeUndefined();
  });

  test('each has a strategy of its own, created once', async () => {
    const created: Scripted[] = [];
    const balancer = new Balancer<LiveCandidate>(() => {
      const strategy = new Scripted((_, all) => all[0]);
      created.push(strategy);
      return strategy;
    });
    await Promise.all([balancer.prepare([0, 1, 1]), balancer.prepare([1])]);
    await balancer.prepare([0]);
    expect(created).toHaveLength(2);
    balancer.update([a, spare]);
    expect(created.map(({ updates }) => updates.at(-1))).toEqual([[a], [spare]]);
    balancer.report(spare, outcome);
    expect(created.map(({ reports }) => reports)).toEqual([[], [spare]]);
  });
});

describe('the strategies', () => {
  test('may take time to be created', async () => {
    const balancer = new Balancer<LiveCandidate>(async () => new RoundRobin());
    await balancer.prepare([0]);
    const a = candidate('a');
    balancer.update([a]);
    expect(balancer.pick(request, NONE, always)).toBe(a);
  });

  test('are created anew after a failure', async () => {
    let attempts = 0;
    const balancer = new Balancer<LiveCandidate>(() => {
      attempts += 1;
      if (attempts === 1) throw new Error('not yet');
      return new RoundRobin();
    });
    await expect(balancer.prepare([0])).rejects.toThrow('not yet');
    await balancer.prepare([0]);
    expect(attempts).toBe(2);
  });

  test('are disposed of with the balancer, after which nothing happens any more', async () => {
    const a = candidate('a');
    const strategy = new Scripted(() => a);
    const balancer = await balancerOf(strategy, [a]);
    balancer.dispose();
    expect(strategy.isDisposed).toBe(true);
    expect(balancer.pick(request, NONE, always)).toBeUndefined();
    balancer.update([a]);
    balancer.report(a, outcome);
    expect(strategy.updates).toHaveLength(1);
    expect(strategy.reports).toEqual([]);
  });

  test('are all disposed of though one of them throws', async () => {
    const broken = new Scripted(() => undefined);
    broken.dispose = () => {
      throw new Error('cannot');
    };
    const sound = new Scripted(() => undefined);
    const queue = [broken, sound];
    const balancer = new Balancer<LiveCandidate>(() => queue.shift() ?? sound);
    await balancer.prepare([0, 1]);
    expect(() => balancer.dispose()).toThrow(expect.objectContaining({ code: 'ERR_BALANCER_DISPOSE_FAILED' }));
    expect(sound.isDisposed).toBe(true);
  });

  test('that come too late are disposed of at once', async () => {
    const late = new Scripted(() => undefined);
    const balancer = new Balancer<LiveCandidate>(async () => late);
    const preparing = balancer.prepare([0]);
    balancer.dispose();
    await expect(preparing).rejects.toMatchObject({ code: 'ERR_BALANCER_DISPOSED' });
    expect(late.isDisposed).toBe(true);
  });
});
