import { startHttpBackend } from '@millpond/testkit';
import { expect, it } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';

it('goes on serving when nobody reads its log any more, and stops in order', async () => {
  await using backend = await startHttpBackend({ handler: (_request, response) => void response.end('hi') });
  await using folder = await TemporaryFolder.create();
  const file = await folder.write('millpond.json', {
    log: { access: true },
    apps: [{ name: 'web', protocol: 'http', frontends: [{ listen: '127.0.0.1:0' }], backends: [backend.url] }],
  });
  await using millpond = await Millpond.run(file);
  millpond.program.hangUp();
  for (let request = 1; request <= 5; request++) {
    const response = await fetch(millpond.url('web'));
    expect([response.status, await response.text()]).toEqual([200, 'hi']);
  }
  expect(await millpond.stop()).toBe(0);
});
