import { setImmediate } from 'node:timers/promises';

/** Until what was given back has cooled down: two turns of the event loop, and one for what those have set off. */
export async function untilCool(): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await setImmediate();
  }
}
