import { PROXY_CORE } from '../../system/cores.ts';
import { needTool } from '../../system/find-tool.ts';
import type { HttpPeer } from './http-peer.ts';

/** HAProxy with one thread, that gives any idle connection to any request, as Millpond does, and writes no log. */
export const haproxy: HttpPeer = {
  name: 'haproxy',
  role: 'reference',
  start({ workshop, port, backendPort, certificate }) {
    const tls = certificate === undefined ? '' : ` ssl crt ${certificate.both} ssl-min-ver TLSv1.3`;
    const config = `
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 60s
  timeout http-keep-alive 120s
  http-reuse always
frontend web
  bind 127.0.0.1:${port}${tls}
  default_backend servers
backend servers
  server one 127.0.0.1:${backendPort} check inter 5s
`;
    return workshop.start(needTool('haproxy'), ['-db', '-q', '-f', workshop.write(`haproxy-${port}.cfg`, config)], {
      core: PROXY_CORE,
      name: 'haproxy',
    });
  },
};
