import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse-config.ts';

/** The faults of an app of protocol tcp with these settings, or of another config. */
function faults(settings: object, others: object = {}): string[] {
  const app = { name: 'db', protocol: 'tcp', frontends: [{ listen: ':5432' }], backends: ['b:5432'], ...settings };
  try {
    parseConfig({ apps: [app], ...others });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('The PROXY protocol in a config', () => {
  it('may be required by frontends of both protocols, and sent to plain TCP backends', () => {
    const frontends = [{ listen: ':5432', proxyProtocol: 'require', trustedProxies: ['10.0.0.0/8'] }];
    expect(faults({ frontends, proxyProtocol: 'v2', timeouts: { header: '2s' } })).toEqual([]);
    expect(faults({ frontends, protocol: 'http' })).toEqual([]);
    expect(
      faults({ backends: undefined, upstream: 'u' }, { upstreams: { u: { backends: ['b:1'], proxyProtocol: 'v1' } } }),
    ).toEqual([]);
  });

  it('wants to know whom to trust', () => {
    expect(faults({ frontends: [{ listen: ':5432', proxyProtocol: 'require' }] })).toEqual([
      'apps[0].frontends[0].proxyProtocol: expected `trustedProxies` beside it: nobody else may say for whom it connects',
    ]);
    expect(faults({ frontends: [{ listen: ':5432', trustedProxies: ['10.0.0.0/8'] }] })).toEqual([
      'apps[0].frontends[0].trustedProxies: belongs to protocol http, and this app is tcp',
    ]);
  });

  it('is not sent where it could not be', () => {
    expect(faults({ protocol: 'http', proxyProtocol: 'v1' })).toEqual([expect.stringContaining('shared by clients')]);
    expect(faults({ backends: ['tls://b:5432'], proxyProtocol: 'v1' })).toEqual([
      expect.stringContaining('goes before TLS'),
    ]);
    expect(
      faults({ backends: undefined, upstream: 'u', proxyProtocol: 'v1' }, { upstreams: { u: { backends: ['b:1'] } } }),
    ).toEqual([expect.stringContaining('belongs to upstreams.u')]);
  });
});

describe('Routes of a TCP app', () => {
  const routed = (match: object, more: object = {}) =>
    faults({ routes: [{ match, upstream: 'db', ...more }], ...more });

  it('match server names and protocols', () => {
    expect(routed({ sni: '*.db.example.com', alpn: ['h2'] })).toEqual([]);
    expect(routed({ sni: 'db' })).toEqual([]);
    expect(routed({ sni: '*.*.com' })).toEqual([expect.stringContaining('expected a host name')]);
    expect(routed({})).toEqual([expect.stringContaining('expected `sni`, `alpn` or both')]);
  });

  it('and those of HTTP apps do not mix', () => {
    expect(routed({ sni: 'a', path: '/a' })).toEqual([
      'apps[0].routes[0].match.path: belongs to protocol http, and this app is tcp',
    ]);
    expect(faults({ protocol: 'http', routes: [{ match: { host: 'a', sni: 'a' }, upstream: 'db' }] })).toEqual([
      'apps[0].routes[0].match.sni: belongs to protocol tcp, and this app is http',
    ]);
  });

  it('cannot tell protocols where the frontend itself speaks TLS', () => {
    const frontends = [{ listen: ':1', tls: { certificates: [{ cert: 'a', key: 'b' }] } }];
    expect(faults({ frontends, routes: [{ match: { sni: 'a' }, upstream: 'db' }] })).toEqual([]);
    expect(faults({ frontends, routes: [{ match: { alpn: ['a'] }, upstream: 'db' }] })).toEqual([
      expect.stringContaining('is for TLS that is passed through'),
    ]);
  });
});

describe('Access in a config', () => {
  it('has addresses and ranges, and nothing that is none', () => {
    expect(faults({ access: { allow: ['10.0.0.0/8', '::1'], rate: { connections: 3 }, maxConnections: 5 } })).toEqual(
      [],
    );
    expect(faults({ access: { allow: ['localhost'], deny: ['unix'], rate: { connections: 0 } } })).toEqual([
      expect.stringContaining('access.allow[0]: expected an IP address'),
      expect.stringContaining('access.deny[0]: expected an IP address'),
      expect.stringContaining('access.rate.connections'),
    ]);
  });
});

describe('Ranges of ports', () => {
  const addresses = (settings: object) => {
    const app = { name: 'db', protocol: 'tcp' as const, backends: ['b:1'], ...settings };
    return parseConfig({ apps: [app] }).apps[0]?.frontends.map(({ address }) => address);
  };

  it('are several frontends', () => {
    const on = (host: string, ports: number[]) => ports.map((port) => ({ host, port }));
    expect(addresses({ ports: [80, '5000-5002'] })).toEqual(on('0.0.0.0', [80, 5000, 5001, 5002]));
    const frontends = [{ listen: ['127.0.0.1:5000-5001', '[::1]:7-8', 'unix:/run/a-1'] }];
    expect(addresses({ frontends })).toEqual([
      ...on('127.0.0.1', [5000, 5001]),
      ...on('::1', [7, 8]),
      { path: '/run/a-1' },
    ]);
  });

  it.each(['5-4', '0-3', '1-1025', '65535-65536', 'x-y', '5000'])('cannot be "%s"', (range) => {
    expect(faults({ frontends: undefined, ports: [range] })).toHaveLength(1);
  });

  it('do not overlap', () => {
    expect(faults({ frontends: undefined, ports: ['5000-5003', 5002] })).toEqual([
      'apps[0].ports[1]: 0.0.0.0:5002 is taken already, by 0.0.0.0:5002 at apps[0].ports[0]',
    ]);
  });
});

it('What belongs to TCP apps is refused for HTTP ones', () => {
  expect(faults({ halfClose: false, timeouts: { fin: '1s', session: '1h' } })).toEqual([]);
  expect(faults({ protocol: 'http', halfClose: false, timeouts: { fin: '1s' } })).toEqual([
    'apps[0].halfClose: belongs to protocol tcp, and this app is http',
    'apps[0].timeouts.fin: belongs to protocol tcp, and this app is http',
  ]);
});

it('Keep-alive is a matter of each side', () => {
  const { apps, upstreams } = parseConfig({
    apps: [
      { name: 'db', protocol: 'tcp', frontends: [{ listen: ':1', keepAlive: '5s' }], backends: ['b:1'], keepAlive: 0 },
      { name: 'web', protocol: 'http', frontends: [{ listen: ':2' }], backends: ['b:1'] },
    ],
  });
  expect(apps.map(({ frontends }) => frontends[0]?.keepAliveMs)).toEqual([5000, 60_000]);
  expect([upstreams['db']?.keepAliveMs, upstreams['web']?.keepAliveMs]).toEqual([0, 60_000]);
});

describe('What is said of idle connections', () => {
  const ping = { send: 'PING\r\n', expect: { hex: '2b504f4e470d0a' } };

  it('is what servers say, and what they are asked', () => {
    const app = { name: 'db', protocol: 'tcp' as const, ports: [1], backends: ['b:1'] };
    const pool = (settings: object) => parseConfig({ apps: [{ ...app, pool: settings }] }).upstreams['db']?.pool;
    expect(pool({})).toMatchObject({ serverSpeaksFirst: false, ping: undefined });
    expect(pool({ serverSpeaksFirst: true })).toMatchObject({ serverSpeaksFirst: true });
    expect(pool({ ping })?.ping).toEqual({ intervalMs: 30_000, send: 'PING\r\n', expect: '+PONG\r\n' });
    expect(faults({ pool: { ping: { send: 'PING' } } })).toEqual([expect.stringContaining('pool.ping.expect')]);
  });

  it('cannot be had at once', () => {
    expect(faults({ pool: { ping, serverSpeaksFirst: true } })).toEqual([
      'apps[0].pool.ping: cannot be told from a greeting, where `serverSpeaksFirst` is true',
    ]);
    expect(faults({ pool: { ping }, proxyProtocol: 'v2' })).toEqual([
      expect.stringContaining('apps[0].pool.ping: would go before the header of `proxyProtocol`'),
    ]);
  });

  it('is not for HTTP', () => {
    expect(faults({ protocol: 'http', pool: { ping, serverSpeaksFirst: true } })).toEqual(
      expect.arrayContaining([
        'apps[0].pool.serverSpeaksFirst: belongs to protocol tcp, and this upstream is http',
        'apps[0].pool.ping: belongs to protocol tcp, and this upstream is http',
      ]),
    );
  });
});
