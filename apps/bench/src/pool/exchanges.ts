import { roundRobin } from '@millpond/balancer';
import type { Connection, PickRequest, PluginContext } from '@millpond/contracts';
import { systemClock } from '@millpond/pool';
import { Upstream } from '@millpond/upstream';
import type { Work } from './measure.ts';

/** Exchanges between two polls of the event loop, where connections are kept: as many connections as a busy proxy has. */
const AT_ONCE = 100;

const request: PickRequest = { clientAddress: undefined, clientId: undefined, header: () => undefined };
const backend = { id: 'a', address: { host: 'a', port: 80 }, url: 'http://a', weight: 1, priority: 0 };

/** Whole exchanges through an upstream, over connections to nowhere. */
export interface Exchanges {
  readonly run: Work;
  readonly close: () => Promise<void>;
}

/**
 * An upstream with one backend and all that is on by default: round robin, breaker, deadlines, statistics.
 *
 * @param isKept - whether connections carry further exchanges; else each exchange dials one and uses it up
 */
export async function startExchanges(isKept: boolean): Promise<Exchanges> {
  const upstream = new Upstream<Connection>({
    name: 'bench',
    backends: [backend],
    createStrategy: () => roundRobin.create({}, quiet),
    transport: { connect: async () => new NoConnection(isKept) },
    pool: { max: AT_ONCE },
  });
  await upstream.start();
  const exchange = async (): Promise<void> => {
    const lease = upstream.tryAcquire(request) ?? (await upstream.acquire(request));
    lease.answered(200);
    lease.release('completed', 0, 0);
  };
  return {
    run: isKept ? (times) => kept(exchange, times) : (times) => dialled(exchange, times),
    close: () => upstream[Symbol.asyncDispose](),
  };
}

/** One after the other. */
async function dialled(exchange: () => Promise<void>, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await exchange();
}

/** As a proxy has them: many in a turn of the event loop, after which their connections have to be polled once. */
async function kept(exchange: () => Promise<void>, times: number): Promise<void> {
  for (let begun = 0; begun < times; begun += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, times - begun) }, exchange));
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

const ignore = (): void => {};
/** For a strategy that tells nobody anything. */
const quiet: PluginContext = {
  clock: systemClock,
  random: Math.random,
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  observer: {},
};

/** A connection without a socket. */
class NoConnection implements Connection {
  readonly capacity = 1;
  isReusable: boolean;

  constructor(isReusable: boolean) {
    this.isReusable = isReusable;
  }

  close(): void {
    this.isReusable = false;
  }

  onIdleClose(): void {}
}
