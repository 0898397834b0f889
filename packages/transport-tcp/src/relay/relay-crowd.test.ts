import { ManualClock } from '@millpond/testkit';
import { expect, it } from 'vitest';
import { carelessRelay } from '../../test/careless-relay.ts';
import { Crowd, openSockets } from '../../test/crowd.ts';
import { listenForTest } from '../../test/loopback.ts';
import { Deadlines } from '../deadlines.ts';
import { dial } from '../socket/dial.ts';
import type { FastSocket } from '../socket/fast-socket.ts';
import { ReadBuffers } from '../socket/read-buffers.ts';
import { Relay, type RelayEnd, type RelayOptions, type RelayResult } from './relay.ts';

const CLIENTS = 2000;

interface Run {
  readonly wrongs: readonly string[];
  readonly ends: readonly RelayResult[];
  readonly cutOffs: Crowd['cutOffs'];
  readonly buffers: ReadBuffers;
  readonly clock: ManualClock;
}

/** A crowd that goes through relays. */
async function run(connect: (options: RelayOptions) => Relay, clients = CLIENTS): Promise<Run> {
  const buffers = new ReadBuffers();
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const ended: Promise<RelayResult>[] = [];
  await using crowd = new Crowd(clients);
  const address = { host: '127.0.0.1', port: await crowd.listen() };
  const relay = async (client: FastSocket): Promise<RelayResult> => {
    const backend = await dial(buffers, address);
    return new Promise((onEnd) => connect({ client, backend, deadlines, idleMs: 60_000, onEnd }));
  };
  const open = await listenForTest({ buffers, onConnection: (client) => ended.push(relay(client)) });
  const wrongs = await crowd.visit('port' in open.address ? open.address.port : 0);
  const ends = await Promise.all(ended);
  await open.close();
  return { wrongs, ends, cutOffs: crowd.cutOffs, buffers, clock };
}

it('Two thousand relays at once alter, lose and add no byte, whoever is slow or resets, and leave nothing behind', async () => {
  const socketsBefore = openSockets();
  const { wrongs, ends, cutOffs, buffers, clock } = await run((options) => new Relay(options));
  expect(wrongs).toEqual([]);
  expect(ends).toHaveLength(CLIENTS);
  const ended = (how: RelayEnd) => ends.filter(({ reason }) => reason === how).length;
  expect(Math.min(cutOffs.client, cutOffs.backend)).toBeGreaterThan(50);
  expect(ended('client-reset')).toBeGreaterThanOrEqual(cutOffs.client);
  expect(ended('backend-reset')).toBeGreaterThanOrEqual(cutOffs.backend);
  expect(ended('completed')).toBeGreaterThan(CLIENTS / 2);
  expect([buffers.leased, clock.pending]).toEqual([0, 0]);
  await expect.poll(openSockets).toBe(socketsBefore);
}, 60_000);

it('A relay that uses a buffer again too early would be noticed by that', async () => {
  const { wrongs } = await run(carelessRelay, CLIENTS / 5);
  expect(wrongs.join()).toContain('altered');
}, 60_000);
