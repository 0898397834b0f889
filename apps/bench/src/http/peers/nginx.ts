import { PROXY_CORE } from '../../system/cores.ts';
import { needTool } from '../../system/find-tool.ts';
import { nginxConfig } from '../nginx-config.ts';
import type { HttpPeer } from './http-peer.ts';

/** nginx with one process that keeps its connections to the backend. */
export const nginx: HttpPeer = {
  name: 'nginx',
  role: 'native',
  start({ workshop, port, backendPort, certificate }) {
    const tls =
      certificate === undefined
        ? ''
        : `
    ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    ssl_protocols TLSv1.3;
    ssl_session_cache shared:tls:8m;`;
    const http = `
  upstream backend {
    server 127.0.0.1:${backendPort};
    keepalive 512;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096${certificate === undefined ? '' : ' ssl'};${tls}
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      # Bodies in memory, and never in a file.
      client_body_buffer_size 128k;
      proxy_buffers 16 64k;
      proxy_busy_buffers_size 128k;
      proxy_max_temp_file_size 0;
    }
  }`;
    const name = `nginx-${port}`;
    const file = workshop.write(`${name}.conf`, nginxConfig(workshop.folder, name, http));
    return workshop.start(needTool('nginx', 'nginx-light'), ['-e', 'stderr', '-c', file], {
      core: PROXY_CORE,
      name: 'nginx',
    });
  },
};
