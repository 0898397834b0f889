import type { HttpPeer } from '../../http/peers/http-peer.ts';
import { PROXY_CORE } from '../../system/cores.ts';
import { needTool } from '../../system/find-tool.ts';

/** HAProxy in tcp mode with one thread. */
function haproxyTcp(name: string, role: HttpPeer['role'], options: string): HttpPeer {
  return {
    name,
    role,
    start({ workshop, port, backendPort }) {
      const config = `
global
  nbthread 1
  maxconn 8000
  # As many as there are connections under load; each takes two descriptors.
  maxpipes 256
defaults
  mode tcp
  ${options}
  timeout connect 5s
  timeout client 120s
  timeout server 120s
frontend db
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  server one 127.0.0.1:${backendPort} check inter 5s
`;
      return workshop.start(needTool('haproxy'), ['-db', '-q', '-f', workshop.write(`${name}-${port}.cfg`, config)], {
        core: PROXY_CORE,
        name,
      });
    },
  };
}

/** Through its own buffers. */
export const haproxy: HttpPeer = haproxyTcp('haproxy', 'reference', '');

/** Where it finds that worth it, through pipes of the kernel. */
export const haproxySplice: HttpPeer = haproxyTcp('haproxy-splice', 'native', 'option splice-auto');
