import type { Backend, BackendRef } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { combineObservers } from './observers.ts';

const backend: Backend = { id: 'b', url: 'b:1', address: { host: 'b', port: 1 }, weight: 1, priority: 0 };
const ref: BackendRef = { upstream: 'web', backend };

describe('combined observers', () => {
  it('are all told, with every argument, and only of what they listen to', () => {
    const told: unknown[][] = [];
    const combined = combineObservers(
      [
        { probeEnded: (...args) => void told.push(['first', ...args]) },
        { probeEnded: (...args) => void told.push(['second', ...args]), backendAdded: () => void told.push(['added']) },
      ],
      () => undefined,
    );
    combined.probeEnded?.(ref, false, 3, 'why');
    expect(told).toEqual([
      ['first', ref, false, 3, 'why'],
      ['second', ref, false, 3, 'why'],
    ]);
    expect(Object.keys(combined)).toEqual(['probeEnded', 'backendAdded']);
  });

  it('that throw neither reach the caller nor keep the event from the others', () => {
    const thrown: unknown[] = [];
    const told: string[] = [];
    const broken = new Error('broken on purpose');
    const combined = combineObservers(
      [
        {
          backendAdded: () => {
            throw broken;
          },
        },
        { backendAdded: () => void told.push('second') },
      ],
      (error) => void thrown.push(error),
    );
    combined.backendAdded?.(ref);
    expect(told).toEqual(['second']);
    expect(thrown).toEqual([broken]);
  });
});
