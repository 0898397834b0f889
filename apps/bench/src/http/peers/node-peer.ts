import { fileURLToPath } from 'node:url';
import { PROXY_CORE } from '../../system/cores.ts';
import type { HttpPeer } from './http-peer.ts';
import type { NodePeerName } from './servers/node-peers.ts';

/** A proxy that is made of a package from npm, in a process of its own. */
export function nodePeer(name: NodePeerName): HttpPeer {
  return {
    name,
    role: 'node',
    start({ workshop, port, backendPort, certificate, nodeArgs }) {
      const program = fileURLToPath(new URL('./servers/serve.js', import.meta.url));
      const tls = certificate === undefined ? [] : [certificate.cert, certificate.key];
      const args = [...nodeArgs, program, name, `${port}`, `http://127.0.0.1:${backendPort}`, ...tls];
      return workshop.start(process.execPath, args, { core: PROXY_CORE, name });
    },
  };
}
