import type { Backend, Discovery } from '@millpond/contracts';
import { pluginContext } from '@millpond/testkit';
import { expect, test } from 'vitest';
import { discoveries } from './discoveries.ts';
import { parseBackends } from './parse-backend.ts';
import { staticDiscovery, staticPlugin } from './static-discovery.ts';

test('its list comes once, and then it ends', async () => {
  const backends = parseBackends(['10.0.0.1:80', '10.0.0.2:80'], 'http');
  expect(await listsOf(staticDiscovery(backends), new AbortController().signal)).toEqual([backends]);
});

test('it may be watched more than once, and changes to the array it was given do not show', async () => {
  const backends = [...parseBackends(['10.0.0.1:80'], 'http')];
  const discovery = staticDiscovery(backends);
  backends.pop();
  for (let i = 0; i < 2; i += 1) {
    expect(await listsOf(discovery, new AbortController().signal)).toMatchObject([[{ url: 'http://10.0.0.1:80' }]]);
  }
});

test('it yields nothing once its watcher has gone', async () => {
  const discovery = staticDiscovery(parseBackends(['10.0.0.1:80'], 'http'));
  expect(await listsOf(discovery, AbortSignal.abort())).toEqual([]);
});

test('two backends with one id are refused', () => {
  const [backend] = parseBackends(['10.0.0.1:80'], 'http');
  expect(backend).toBeDefined();
  if (backend === undefined) return;
  expect(() => staticDiscovery([backend, { ...backend }])).toThrow(
    expect.objectContaining({ code: 'ERR_DISCOVERY_DUPLICATE_BACKEND' }),
  );
});

test('the plugin reads its list from its options', async () => {
  expect(discoveries.map(({ name }) => name)).toEqual(['static']);
  const checked = await staticPlugin.options['~standard'].validate({
    backends: ['10.0.0.1:80', { url: '10.0.0.2:80', weight: 2 }],
    scheme: 'tcp',
  });
  expect(checked.issues).toBeUndefined();
  if (checked.issues !== undefined) return;
  const discovery = await staticPlugin.create(checked.value, pluginContext());
  expect(await listsOf(discovery, new AbortController().signal)).toMatchObject([
    [
      { url: '10.0.0.1:80', weight: 1 },
      { url: '10.0.0.2:80', weight: 2 },
    ],
  ]);
});

test('the plugin says which of its backends is wrong', async () => {
  const checked = await staticPlugin.options['~standard'].validate({ backends: ['10.0.0.1:80', 'ftp://x:1'] });
  expect(checked.issues).toMatchObject([
    { path: ['backends', 1], message: expect.stringContaining('the scheme ftp is not known') },
  ]);
});

async function listsOf(discovery: Discovery, signal: AbortSignal): Promise<(readonly Backend[])[]> {
  const lists: (readonly Backend[])[] = [];
  for await (const list of discovery.watch({ signal })) lists.push(list);
  return lists;
}
