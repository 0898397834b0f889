import { fileURLToPath } from 'node:url';
import type { HttpPeer } from '../../http/peers/http-peer.ts';
import { PROXY_CORE } from '../../system/cores.ts';

/** This checkout, through its command line, with all that is on by default. */
export const millpondTcp: HttpPeer = {
  name: 'millpond',
  role: 'ours',
  start({ workshop, port, backendPort, nodeArgs }) {
    const app = {
      name: 'db',
      protocol: 'tcp',
      frontends: [{ listen: `127.0.0.1:${port}` }],
      backends: [`127.0.0.1:${backendPort}`],
      timeouts: { idle: '120s' },
      pool: { max: 8000 },
    };
    const file = workshop.write(`millpond-${port}.json`, JSON.stringify({ apps: [app] }));
    const executable = fileURLToPath(new URL('bin/millpond.js', import.meta.resolve('millpond/package.json')));
    return workshop.start(process.execPath, [...nodeArgs, executable, 'run', file], {
      core: PROXY_CORE,
      name: 'millpond',
    });
  },
};
