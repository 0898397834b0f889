import { fileURLToPath } from 'node:url';
import type { HttpPeer } from '../../http/peers/http-peer.ts';
import { PROXY_CORE } from '../../system/cores.ts';

/** Node's own streams: `client.pipe(backend).pipe(client)`. */
export const nodePipe: HttpPeer = {
  name: 'node-pipe',
  role: 'node',
  start({ workshop, port, backendPort, nodeArgs }) {
    const program = fileURLToPath(new URL('./servers/pipe.js', import.meta.url));
    const args = [...nodeArgs, program, `${port}`, `${backendPort}`];
    return workshop.start(process.execPath, args, { core: PROXY_CORE, name: 'node-pipe' });
  },
};
