import { createServer } from 'node:http';
import { once } from 'node:events';
import { createProxy } from '@millpond/proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tables } from './workspaces.ts';

interface Metric {
  readonly type: string;
  readonly labels: string;
}

/** As docs/metrics.md has it: name, type, labels. */
const documented = new Map(
  tables('docs/metrics.md')
    .flatMap(({ rows }) => rows)
    .filter(([name]) => /^(?:millpond|process)_/.test(name ?? ''))
    .map(([name = '', type = '', labels = '']): [string, Metric] => [name, { type, labels }]),
);

/** As a scrape has it; the labels of a metric without a series are not known. */
function parse(text: string): Map<string, { type: string; labels: string | undefined }> {
  const found = new Map<string, { type: string; labels: string | undefined }>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const sample = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(text);
    const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label);
    found.set(name, { type, labels: sample === null ? undefined : labels.join(', ') });
  }
  return found;
}

describe('docs/metrics.md', () => {
  const backend = createServer((_request, response) => response.end('hello'));
  let scraped: ReturnType<typeof parse>;

  beforeAll(async () => {
    await once(backend.listen(0, '127.0.0.1'), 'listening');
    const address = backend.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const proxy = createProxy({
      admin: { listen: '127.0.0.1:0' },
      apps: [
        {
          name: 'web',
          protocol: 'http',
          frontends: [{ listen: '127.0.0.1:0' }],
          backends: [`http://127.0.0.1:${port}`],
          filters: ['path-stats'],
        },
      ],
    });
    await proxy.start();
    const [web] = proxy.addresses;
    const url = (at: typeof proxy.adminAddress) => (at && 'port' in at ? `http://127.0.0.1:${at.port}` : '');
    await (await fetch(`${url(web?.address)}/some/path`)).text();
    scraped = parse(await (await fetch(`${url(proxy.adminAddress)}/metrics`)).text());
    await proxy.stop({ timeoutMs: 0 });
  });

  afterAll(() => {
    backend.close();
    backend.closeAllConnections();
  });

  it('lists every metric of a proxy, and none that is gone', () => {
    expect([...documented.keys()].toSorted()).toEqual([...scraped.keys()].toSorted());
  });

  it('gives their types and labels', () => {
    const wanted = Array.from(scraped, ([name, { type, labels }]) => {
      return [name, { type, labels: labels ?? documented.get(name)?.labels }];
    });
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(wanted));
  });
});
