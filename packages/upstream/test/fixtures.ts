import { roundRobin } from '@millpond/balancer';
import type { Backend, PickRequest, Strategy } from '@millpond/contracts';
import { ManualClock, pluginContext, seededRandom } from '@millpond/testkit';

import { Upstream, type UpstreamContext, type UpstreamOptions } from '../src/index.ts';
import { FakeTransport, type FakeConnection } from './fake-transport.ts';

const silent = { error: () => {} };

/** A request of which nothing is known. */
export const request: PickRequest = { clientAddress: undefined, clientId: undefined, header: () => undefined };

/** A backend that only a fake transport can reach. */
export function backend(id: string, rest: Partial<Backend> = {}): Backend {
  return { id, address: { host: id, port: 80 }, url: `http://${id}`, weight: 1, priority: 0, ...rest };
}

/** A fresh round robin. */
export function createRoundRobin(): Strategy | Promise<Strategy> {
  return roundRobin.create({}, pluginContext());
}

/** An upstream over a fake transport on a clock that stands still. */
export interface FakeUpstream {
  readonly upstream: Upstream<FakeConnection>;
  readonly transport: FakeTransport;
  readonly clock: ManualClock;
}

/** What {@link startFakeUpstream} starts. */
export type FakeUpstreamOptions = Partial<Omit<UpstreamOptions<FakeConnection>, 'backends' | 'transport'>> &
  Pick<UpstreamContext, 'observer' | 'logger'> & {
    /** Ids, or whole backends. @defaultValue a, b and c */
    readonly backends?: readonly (string | Backend)[];
  };

/** Starts one; whoever started it closes it. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const { backends = ['a', 'b', 'c'], observer = {}, logger = silent, ...rest } = options;
  const clock = new ManualClock();
  const transport = new FakeTransport();
  const upstream = new Upstream<FakeConnection>(
    {
      name: 'test',
      createStrategy: createRoundRobin,
      transport,
      ...rest,
      backends: backends.map((given) => (typeof given === 'string' ? backend(given) : given)),
    },
    { clock, random: seededRandom(1), observer, logger },
  );
  await upstream.start();
  return { upstream, transport, clock };
}
