// A proxy within a program of one's own, which adds and drains backends while it runs.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createProxy } from '@millpond/proxy';

async function startBackend(name) {
  const server = createServer((request, response) => response.end(`hello from ${name}\n`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const backends = await Promise.all([startBackend('first'), startBackend('second')]);
const [first, second] = backends.map((server) => `127.0.0.1:${server.address().port}`);

const proxy = createProxy({
  apps: [
    {
      name: 'web',
      protocol: 'http',
      frontends: [{ listen: `127.0.0.1:${process.env.PORT ?? 8080}` }],
      backends: [`http://${first}`],
    },
  ],
});

async function stop() {
  await proxy.stop();
  for (const server of backends) server.close();
}

process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());

await proxy.start();
const [{ address }] = proxy.addresses;
const url = `http://127.0.0.1:${address.port}/`;
console.log(`listening on ${url}`);

// A second backend joins; the first is drained, then removed.
const upstream = proxy.upstreams.get('web');
const [{ id: firstId }] = upstream.backends();
await upstream.add({
  id: 'second',
  url: `http://${second}`,
  address: { host: '127.0.0.1', port: backends[1].address().port },
  weight: 1,
  priority: 0,
});
upstream.setState(firstId, 'drain');
console.log(await (await fetch(url)).text());
await upstream.remove(firstId);
