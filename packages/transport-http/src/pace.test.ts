import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

const IDLE_MS = 60_000;

function paced(bytesPerSecond: number): Pace {
  const pace = new Pace(bytesPerSecond);
  pace.start();
  return pace;
}

describe('The pace of a client', () => {
  it('is given five seconds before anything has moved', () => {
    expect(paced(240).look(true, 1000, 0, IDLE_MS)).toBe(5000);
  });

  it('is used up by the turn of the client, and by nothing else', () => {
    const pace = paced(240);
    pace.look(true, 1000, 0, IDLE_MS);
    expect(pace.look(false, 3000, 0, IDLE_MS)).toBe(3000);
    expect(pace.look(true, 900_000, 0, IDLE_MS)).toBe(3000);
    expect(pace.look(true, 903_000, 0, IDLE_MS)).toBe(0);
  });

  it('gains a second by each 240 bytes', () => {
    const pace = paced(240);
    pace.look(true, 0, 0, IDLE_MS);
    expect(pace.look(true, 4000, 480, IDLE_MS)).toBe(3000);
    expect(pace.look(true, 6000, 480, IDLE_MS)).toBe(1000);
  });

  it('allows no longer than the idle time-out, however much has moved', () => {
    const pace = paced(240);
    expect(pace.look(true, 0, 1_000_000_000, IDLE_MS)).toBe(IDLE_MS);
    expect(pace.look(true, 30_000, 1_000_000_000, IDLE_MS)).toBe(30_000);
  });

  it('is as long as the bytes make it where there is no idle time-out', () => {
    expect(paced(240).look(true, 0, 24_000, 0)).toBe(105_000);
  });

  it('keeps the five seconds where the idle time-out is shorter', () => {
    expect(paced(240).look(true, 0, 24_000, 1000)).toBe(5000);
  });

  it('begins anew with each exchange', () => {
    const pace = paced(240);
    pace.look(true, 0, 0, IDLE_MS);
    pace.look(true, 4000, 0, IDLE_MS);
    pace.start();
    expect(pace.isRunning).toBe(false);
    expect(pace.look(true, 9000, 0, IDLE_MS)).toBe(5000);
  });

  it('is any where there is no minimum', () => {
    const pace = paced(0);
    pace.look(true, 0, 0, IDLE_MS);
    expect(pace.look(true, 1_000_000, 0, IDLE_MS)).toBe(Infinity);
    expect(pace.isRunning).toBe(false);
  });
});
