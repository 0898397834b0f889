import { describe, expect, it } from 'vitest';
import { Millpond } from './support/millpond.ts';
import { isOpen } from './support/ports.ts';

describe('millpond demo', () => {
  it('answers from three backends in turn, and leaves nothing behind on Ctrl-C', async () => {
    await using demo = Millpond.start(['demo', '--port', '0', '--admin', '127.0.0.1:0']);
    await demo.program.says(({ stdout }) => stdout.includes('Ctrl-C'));
    const [proxy = '', metrics = ''] = [...demo.program.stdout.matchAll(/curl (\S+)/g)].map(([, url]) => url);
    const answers: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const response = await fetch(proxy);
      expect(response.status).toBe(200);
      answers.push(await response.text());
    }
    expect(new Set(answers.slice(0, 3)).size).toBe(3);
    expect(answers.slice(3)).toEqual(answers.slice(0, 3));
    expect(await (await fetch(metrics)).text()).toContain('millpond_');
    expect((await fetch(new URL('/readyz', metrics))).status).toBe(200);

    const asked = performance.now();
    demo.program.kill('SIGINT');
    expect(await demo.program.exit()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2000);
    const ports = [proxy, metrics].map((url) => Number(new URL(url).port));
    expect(await Promise.all(ports.map(isOpen))).toEqual([false, false]);
  });
});
