import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import { Millpond, TemporaryFolder } from './support/millpond.ts';
import { freePorts, untilOpen } from './support/ports.ts';
import { startProgram } from './support/program.ts';
import { findTool, itWith } from './support/tools.ts';

/** A client's request from an address of its own. */
async function ask(port: number, localAddress: string): Promise<string> {
  const asking = request({ port, host: '127.0.0.1', localAddress, agent: false });
  asking.end();
  const [response] = await once(asking, 'response');
  return text(response);
}

describe('HAProxy', () => {
  itWith(
    ['haproxy'],
    'tells of clients by the PROXY protocol, and is told of them, in both versions',
    async () => {
      await using folder = await TemporaryFolder.create();
      const [sendsV1 = 0, sendsV2 = 0, receives = 0, toldV1 = 0, toldV2 = 0] = await freePorts(5);
      const frontend = (port: number) => ({
        listen: `127.0.0.1:${port}`,
        proxyProtocol: 'require',
        trustedProxies: ['127.0.0.1'],
      });
      const app = (name: string, port: number, proxyProtocol: string) => ({
        name,
        protocol: 'tcp',
        frontends: [frontend(port)],
        backends: [`127.0.0.1:${receives}`],
        // Answered only if it begins by the header, too.
        health: { path: '/', interval: '100ms', unhealthyThreshold: 1 },
        proxyProtocol,
      });
      const config = await folder.write('config.json', { apps: [app('one', toldV1, 'v2'), app('two', toldV2, 'v1')] });
      const sender = (name: string, port: number, to: number, option: string) => `
frontend ${name}
  mode tcp
  bind 127.0.0.1:${port}
  default_backend to-${name}
backend to-${name}
  mode tcp
  server one 127.0.0.1:${to} ${option}
`;
      const haproxyConfig = await folder.write(
        'haproxy.cfg',
        `
defaults
  timeout connect 5s
  timeout client 10s
  timeout server 10s
${sender('v1', sendsV1, toldV1, 'send-proxy')}
${sender('v2', sendsV2, toldV2, 'send-proxy-v2 proxy-v2-options crc32c')}
frontend receiver
  mode http
  bind 127.0.0.1:${receives} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] came to %[dst_port]"
`,
      );
      // First, so that the first check, which decides alone, finds it up.
      await using haproxy = startProgram(findTool('haproxy') ?? '', ['-db', '-f', haproxyConfig]);
      await untilOpen(receives);
      expect(haproxy.pid).toBeGreaterThan(0);
      await using millpond = await Millpond.run(config);
      expect(millpond.port('one')).toBe(toldV1);
      expect(await ask(sendsV1, '127.0.0.91')).toBe(`127.0.0.91 came to ${sendsV1}`);
      expect(await ask(sendsV2, '127.0.0.92')).toBe(`127.0.0.92 came to ${sendsV2}`);
    },
    60_000,
  );
});
