import { fileURLToPath } from 'node:url';
import { PROXY_CORE } from '../../system/cores.ts';
import type { HttpPeer } from './http-peer.ts';

/** This checkout, through its command line, with all that is on by default: metrics, probes, breaker, deadlines. */
export const millpond: HttpPeer = {
  name: 'millpond',
  role: 'ours',
  start({ workshop, port, backendPort, certificate, nodeArgs }) {
    const frontend = {
      listen: `127.0.0.1:${port}`,
      ...(certificate && { tls: { certificates: [{ cert: certificate.cert, key: certificate.key }] } }),
    };
    const app = { name: 'web', protocol: 'http', frontends: [frontend], backends: [`http://127.0.0.1:${backendPort}`] };
    const file = workshop.write(`millpond-${port}.json`, JSON.stringify({ apps: [app] }));
    const manifest = import.meta.resolve('millpond/package.json');
    const executable = fileURLToPath(new URL('bin/millpond.js', manifest));
    return workshop.start(process.execPath, [...nodeArgs, executable, 'run', file], {
      core: PROXY_CORE,
      name: 'millpond',
    });
  },
};
