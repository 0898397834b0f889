import { describe, expect, it } from 'vitest';
import { AcceptBurst } from './accept-burst.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = { ms: 0, now: () => clock.ms };
  const begun: number[] = [];
  return { clock, begun, burst: new AcceptBurst<number>(clock, (connection) => void begun.push(connection)) };
}

describe('A burst of connections', () => {
  it('is held back until a turn brings none', async () => {
    const { burst, begun } = setUp();
    for (let connection = 0; connection < 10; connection++) {
      burst.add(connection);
      await nextTurn();
      expect(begun).toEqual([]);
    }
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is not held back for long in turns that are long by themselves', async () => {
    const { burst, begun, clock } = setUp();
    const turns = async (count: number, ms: number): Promise<void> => {
      for (let turn = 0; turn < count; turn++) {
        burst.add(turn);
        clock.ms += ms;
        await nextTurn();
      }
    };
    await turns(10, 5);
    expect(begun).toEqual([]);
    await turns(1, 5);
    expect(begun).toHaveLength(11);
  });

  it('is held back for a second at most', async () => {
    const { burst, begun, clock } = setUp();
    for (let turn = 0; turn <= 1000; turn++) {
      expect(begun).toEqual([]);
      burst.add(turn);
      clock.ms += 1;
      await nextTurn();
    }
    expect(begun).toHaveLength(1001);
  });

  it('begins at once when it is told to, and only once', async () => {
    const { burst, begun } = setUp();
    burst.add(1);
    burst.flush();
    expect(begun).toEqual([1]);
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual([1]);
  });
});
