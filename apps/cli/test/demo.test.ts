import { describe, expect, it } from 'vitest';
import { Millpond } from './support/millpond.ts';
import { freePorts, isOpen } from './support/ports.ts';

describe('millpond demo', () => {
  it('answers from three backends in turn, and leaves nothing behind on Ctrl-C', async () => {
    const [port = 0, admin = 0] = await freePorts(2);
    await using demo = Millpond.start(['demo', '--port', `${port}`, '--admin', `127.0.0.1:${admin}`]);
    await demo.program.says(({ stdout }) => stdout.includes(`${port}`));
    const answers: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      expect(response.status).toBe(200);
      answers.push(await response.text());
    }
    expect(new Set(answers.slice(0, 3)).size).toBe(3);
    expect(answers.slice(3)).toEqual(answers.slice(0, 3));
    expect((await fetch(`http://127.0.0.1:${admin}/readyz`)).status).toBe(200);

    const ports = [port, admin, ...demo.program.stderr.matchAll(/127\.0\.0\.1:(\d+)/g)].map((found) =>
      Number(Array.isArray(found) ? found[1] : found),
    );
    const asked = Date.now();
    demo.program.kill('SIGINT');
    expect(await demo.program.exit()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(2000);
    expect(await Promise.all(ports.map(isOpen))).toEqual(ports.map(() => false));
  }, 20_000);
});
