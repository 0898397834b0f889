import { needTool } from '../system/find-tool.ts';
import { LOAD_CORE } from '../system/cores.ts';
import { freePort, untilOpen } from '../system/ports.ts';
import type { Workshop } from '../system/workshop.ts';
import { nginxConfig } from './nginx-config.ts';

/** What the backend answers a small request with: 45 bytes. */
export const SMALL_BODY = 'This is a small answer of forty-five bytes.\r\n';

/** Sizes of what the backend has, by path. `/post` takes a body of any size and has the small answer. */
export const ANSWER_BYTES = {
  '/': SMALL_BODY.length,
  '/64k': 65_536,
  '/1m': 1_048_576,
  '/post': SMALL_BODY.length,
} as const;

/** A path of the backend. */
export type BackendPath = keyof typeof ANSWER_BYTES;

/** Starts the server that all peers stand before; returns its port. */
export async function startBackend(workshop: Workshop): Promise<number> {
  const nginx = needTool('nginx', 'nginx-light');
  const port = await freePort();
  for (const path of ['/64k', '/1m'] as const) workshop.write(path.slice(1), Buffer.alloc(ANSWER_BYTES[path], 'x'));
  const body = SMALL_BODY.replace('\r\n', '\\r\\n');
  const config = nginxConfig(
    workshop.folder,
    'backend',
    `
  sendfile on;
  open_file_cache max=16;
  client_body_buffer_size 128k;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${workshop.folder};
    location = / { return 200 "${body}"; }
    location = /post { return 200 "${body}"; }
    location / { }
  }`,
  );
  const program = workshop.start(nginx, ['-e', 'stderr', '-c', workshop.write('backend.conf', config)], {
    core: LOAD_CORE,
    name: 'the backend (nginx)',
  });
  await untilOpen(program, port, 5000);
  return port;
}
