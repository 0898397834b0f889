import { describe, expect, it, test } from 'vitest';
import { createDescriptorRoom, DescriptorRoom } from './descriptor-room.ts';
import { parseConfig } from './config/index.ts';

/** Of 164 descriptors 64 are held in reserve, and an eighth of the others are for who waits: room for 44 clients. */
const OPTIONS = { maxOpenFiles: 164, reserved: 0 };
const CLIENTS = 44;
const WAITING = 12;

function fullRoom(): DescriptorRoom {
  const room = new DescriptorRoom(OPTIONS);
  for (let count = 0; count < CLIENTS; count++) expect(room.tryEnter()).toBe(true);
  return room;
}

describe('the room under the limit on open files', () => {
  it('has a place for a client only with one for its connection to a backend', () => {
    const room = fullRoom();
    expect(room.tryEnter()).toBe(false);
    expect(room.crowd).toEqual({ clients: CLIENTS, waiting: 0, maxOpenFiles: 164 });
  });

  it('gives places that become free to those who wait, in turn, and to others only behind them', () => {
    const room = fullRoom();
    const entered: number[] = [];
    for (let count = 0; count < 3; count++) expect(room.tryWait(() => entered.push(count))).toBe(true);
    room.leave();
    expect(entered).toEqual([0]);
    expect(room.tryEnter()).toBe(false);
    room.leave();
    room.leave();
    expect(entered).toEqual([0, 1, 2]);
    expect(room.crowd).toMatchObject({ clients: CLIENTS, waiting: 0 });
    room.leave();
    expect(room.tryEnter()).toBe(true);
  });

  it('lets only so many wait, and forgets who gives up', () => {
    const room = fullRoom();
    const entered: number[] = [];
    const waiting = Array.from({ length: WAITING }, (_, index) => () => void entered.push(index));
    for (const one of waiting) expect(room.tryWait(one)).toBe(true);
    expect(room.tryWait(() => undefined)).toBe(false);
    const [first] = waiting;
    if (first !== undefined) room.giveUp(first);
    expect(room.crowd.waiting).toBe(WAITING - 1);
    room.leave();
    expect(entered).toEqual([1]);
  });

  it('is smaller while there are more connections to backends than clients', () => {
    const room = new DescriptorRoom(OPTIONS);
    for (let count = 0; count < 80; count++) room.connectionOpened();
    let clients = 0;
    while (room.tryEnter()) clients += 1;
    expect(clients).toBe(8);
    let isIn = false;
    room.tryWait(() => (isIn = true));
    room.connectionClosed();
    expect(isIn).toBe(true);
  });

  it('has a place for one client however low the limit is', () => {
    const room = new DescriptorRoom({ maxOpenFiles: 20, reserved: 5 });
    expect(room.tryEnter()).toBe(true);
    expect(room.tryEnter()).toBe(false);
    expect(room.tryWait(() => undefined)).toBe(false);
    room.leave();
    expect(room.tryEnter()).toBe(true);
  });
});

test('ports and active checks of a config are held in reserve, and without a limit there is no room to be had', () => {
  const backends = Array.from({ length: 10 }, (_, index) => `127.0.0.1:${7000 + index}`);
  const config = parseConfig({
    apps: [{ name: 'db', protocol: 'tcp', frontends: [{ listen: ':5000-5009' }], backends }],
  });
  expect(createDescriptorRoom(config, undefined)).toBeUndefined();
  const room = createDescriptorRoom(config, 164);
  let clients = 0;
  while (room?.tryEnter()) clients += 1;
  // Of 80 descriptors ten are for who waits.
  expect(clients).toBe(35);
});
