import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@millpond/testkit';
import { describe, expect } from 'vitest';
import { noise } from './support/bodies.ts';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts, untilOpen } from './support/ports.ts';
import { runProgram, startProgram } from './support/program.ts';
import { findTool, itWith } from './support/tools.ts';

const FILES = 1000;
const MAX_BYTES = 5_000_000;

/** Mostly small files, a few large ones, text and random bytes by turns. */
function content(index: number): Buffer {
  const random = seededRandom(index);
  const size = index === 0 ? 0 : index === 1 ? MAX_BYTES : Math.floor(MAX_BYTES * random() ** 16);
  if (index % 2 === 0) return Buffer.alloc(size, `line ${index} of a text that can be compressed\n`);
  return noise(index)(size);
}

function nginxConfig(folder: string, port: number): string {
  return `
    daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 512; }
    http {
      access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      types { text/plain txt; text/html html; image/svg+xml svg; }
      gzip on; gzip_types text/plain; gzip_min_length 256;
      server {
        listen 127.0.0.1:${port}; root ${folder}/site;
        location /plain/ { alias ${folder}/site/; gzip off; }
      }
    }`;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a real site behind the proxy', () => {
  itWith(
    ['nginx', 'curl', 'chromium'],
    'gives curl and a browser the same bytes as directly: plain, chunked and gzip',
    async () => {
      await using folder = await TemporaryFolder.create();
      const [port = 0] = await freePorts(1);
      await mkdir(join(folder.path, 'site'));
      const hashes: string[] = [];
      for (let index = 0; index < FILES; index++) {
        const bytes = content(index);
        hashes.push(sha256(bytes));
        await writeFile(join(folder.path, 'site', `${index}.txt`), bytes);
      }
      await writeFile(join(folder.path, 'site', 'index.html'), page());
      const nginxFile = await folder.write('nginx.conf', nginxConfig(folder.path, port));
      // One process, so that it ends as a whole.
      await using _nginx = startProgram(findTool('nginx') ?? '', ['-c', nginxFile, '-p', folder.path]);
      await untilOpen(port);
      const config = await folder.write('config.json', {
        apps: [
          { name: 'web', protocol: 'http', frontends: [{ listen: '127.0.0.1:0' }], targets: [`127.0.0.1:${port}`] },
        ],
      });
      await using millpond = await Millpond.run(config);
      const url = millpond.url('web');

      for (const [kind, prefix, compressed] of [
        ['plain', '/plain', false],
        ['gzip', '', true],
      ] as const) {
        await mkdir(join(folder.path, kind));
        const wanted = hashes.map((_, index) => {
          const output = join(folder.path, kind, `${index}`);
          return `url = "${url}${prefix}/${index}.txt"\noutput = "${output}"`;
        });
        const list = await folder.write(`${kind}.curl`, wanted.join('\n'));
        const flags = [
          '--parallel',
          '--parallel-max',
          '20',
          '--silent',
          '--show-error',
          '--fail',
          '--retry-connrefused',
        ];
        const curl = await runProgram('curl', [
          ...flags,
          '--retry',
          '5',
          ...(compressed ? ['--compressed'] : []),
          '-K',
          list,
        ]);
        expect(await curl.exit(), curl.stderr).toBe(0);
        const got = await Promise.all(
          hashes.map(async (_, index) =>
            sha256(await readFile(join(folder.path, kind, `${index}`)).catch(() => Buffer.alloc(0))),
          ),
        );
        expect(got, kind).toEqual(hashes);
      }

      const profile = join(folder.path, 'profile');
      const chromium = await runProgram('chromium', [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=30000',
        '--dump-dom',
        `${url}/index.html`,
      ]);
      const shown = /<pre id="hashes">([^<]*)<\/pre>/.exec(chromium.stdout)?.[1];
      expect(shown?.trim().split('\n'), chromium.stderr).toEqual(hashes.slice(0, 50));
    },
    180_000,
  );
});

/** Fetches fifty files and shows their hashes. */
function page(): string {
  return `<!doctype html><title>site</title><pre id="hashes"></pre><script type="module">
    const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const hash = async (index) =>
      hex(await crypto.subtle.digest('SHA-256', await (await fetch('/' + index + '.txt')).arrayBuffer()));
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => hash(index)));
    document.getElementById('hashes').textContent = all.join('\\n');
  </script>`;
}
