import { BenchError } from '../bench-error.ts';

/** A config of one nginx process that writes nothing but errors, and nothing outside its folder. */
export function nginxConfig(folder: string, name: string, http: string): string {
  if (/[\s;{}"']/.test(folder))
    throw new BenchError(`nginx cannot use the folder ${folder}; set TMPDIR to another one`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${folder}/${name}-${kind};`)
    .join('\n');
  // One process, without a master, so that its process id is all that there is to measure and to stop.
  return `
daemon off;
master_process off;
pid ${folder}/${name}.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  tcp_nodelay on;
${temporary}
${http}
}
`;
}
