import { existsSync } from 'node:fs';
import type { HttpPeer } from '../../http/peers/http-peer.ts';
import { PROXY_CORE } from '../../system/cores.ts';
import { needTool } from '../../system/find-tool.ts';

/** Where Debian has the module, which nginx-light comes without. */
const MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** nginx's stream module with one process. */
export const nginxStream: HttpPeer = {
  name: 'nginx',
  role: 'native',
  start({ workshop, port, backendPort }) {
    const name = `nginx-stream-${port}`;
    const config = `
${existsSync(MODULE) ? `load_module ${MODULE};` : ''}
daemon off;
master_process off;
pid ${workshop.folder}/${name}.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_pass 127.0.0.1:${backendPort};
    proxy_timeout 120s;
  }
}
`;
    const file = workshop.write(`${name}.conf`, config);
    return workshop.start(needTool('nginx', 'nginx-light libnginx-mod-stream'), ['-e', 'stderr', '-c', file], {
      core: PROXY_CORE,
      name: 'nginx',
    });
  },
};
