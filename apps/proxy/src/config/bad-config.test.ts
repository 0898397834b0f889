import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse-config.ts';
import { readYaml } from './read-yaml.ts';

/** What a person sees who starts the proxy with this file. */
function complaint(text: string): string {
  try {
    const { value, source } = readYaml(text, '/etc/millpond.yaml', 'millpond.yaml');
    parseConfig(value, source);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.code}\n${error.message}`;
    throw error;
  }
  return 'no complaint';
}

const app = `
apps:
  - name: web
    protocol: http
    ports: [8080]
    backends: ["127.0.0.1:9001"]`;

describe('the syntax', () => {
  test('a list that is not closed', () => {
    expect(complaint('apps: [1, 2\nlog: {}')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `);
  });

  test('a key twice', () => {
    expect(complaint('{\n  "apps": [],\n  "apps": []\n}')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:3:3: this key is there already"
    `);
  });

  test('two documents', () => {
    expect(complaint('log: {}\n---\nlog: {}')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:2:1: expected one document, but another begins here"
    `);
  });

  test('an alias of nothing', () => {
    expect(complaint('apps: *web')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:1:7: there is no anchor &web before this alias"
    `);
  });

  test('aliases that multiply', () => {
    const levels = ['a', 'b', 'c', 'd'].map((name, depth, names) => {
      const items = Array.from({ length: 10 }, () => (depth === 0 ? '1' : `*${names[depth - 1]}`));
      return `${name}: &${name} [${items.join(', ')}]`;
    });
    expect(complaint(levels.join('\n'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml: aliases stand for more than 100 copies; write out what they stand for"
    `);
  });

  test('an alias within what it stands for', () => {
    expect(complaint('apps: &apps [*apps]')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:14: apps[0]: expected a value that does not contain itself"
    `);
  });

  test('a tag that YAML does not know', () => {
    expect(complaint('plugins: !!js/function "f"')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:1:10: Unresolved tag: tag:yaml.org,2002:js/function"
    `);
  });

  test('a key that is no string', () => {
    expect(complaint('? [a, b]\n: 1')).toMatchInlineSnapshot(`
      "ERR_CONFIG_SYNTAX
      millpond.yaml:1:3: expected a key that is a string"
    `);
  });
});

describe('keys', () => {
  test('mistyped', () => {
    expect(complaint(app.replace('ports', 'prots'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:5: apps[0].prots: unknown key; did you mean "ports"? (known: name, protocol, frontends, ports, backends, targets, upstream, routes, strategy, tls, proxyProtocol, keepAlive, pool, health, breaker, retry, timeouts, access, halfClose, filters, limits)"
    `);
  });

  test('of features that do not exist yet', () => {
    expect(complaint(`workers: 4${app}\n    outlier: { consecutiveFailures: 5 }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:1: workers: unknown key (known: plugins, log, admin, shutdown, upstreams, apps)
      millpond.yaml:7:5: apps[0].outlier: unknown key (known: name, protocol, frontends, ports, backends, targets, upstream, routes, strategy, tls, proxyProtocol, keepAlive, pool, health, breaker, retry, timeouts, access, halfClose, filters, limits)"
    `);
  });

  test('mistyped within a union', () => {
    expect(complaint(`${app}\n    health: { intervall: 5s }\n    strategy: { name: random }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:15: apps[0].health.intervall: unknown key; did you mean "interval"? (known: probe, path, expect, options, interval, timeout, unhealthyThreshold, healthyThreshold)
      millpond.yaml:8:15: apps[0].strategy.use: expected a string, but it is missing
      millpond.yaml:8:17: apps[0].strategy.name: unknown key (known: use, options)"
    `);
  });

  test('that reach into prototypes', () => {
    expect(complaint('__proto__: {}\nlog: { constructor: 1 }')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:1: __proto__: this key is reserved by JavaScript, choose another
      millpond.yaml:2:8: log.constructor: this key is reserved by JavaScript, choose another"
    `);
  });

  test('that are missing', () => {
    expect(complaint('apps:\n  - protocol: http')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:2:5: apps[0].name: expected a string, but it is missing"
    `);
  });
});

describe('values', () => {
  test('none at all', () => {
    expect(complaint('')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:1: expected an object, got null"
    `);
  });

  test('no apps', () => {
    expect(complaint('apps: []')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:7: apps: must not be empty"
    `);
  });

  test('a name among several', () => {
    expect(complaint(`log: { level: wran }${app}`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:15: log.level: expected one of "debug", "info", "warn", "error", "fatal", "silent", got "wran"; did you mean "warn"?"
    `);
  });

  test('durations and sizes', () => {
    expect(
      complaint(`${app}
    timeouts: { connect: 0, request: 5x, idle: 999h, header: [] }
    limits: { head: 16kb }`),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:26: apps[0].timeouts.connect: expected at least 1ms, got 0
      millpond.yaml:7:38: apps[0].timeouts.request: expected a duration such as 250ms, 30s, 5m or 1h, or a number of milliseconds, got "5x"
      millpond.yaml:7:48: apps[0].timeouts.idle: expected a duration from 0 to 596h, got "999h"
      millpond.yaml:7:62: apps[0].timeouts.header: expected a duration such as 250ms, 30s, 5m or 1h, or a number of milliseconds, got a list
      millpond.yaml:8:21: apps[0].limits.head: expected a size such as 512, 64k or 1m, got "16kb""
    `);
  });

  test('numbers', () => {
    expect(complaint(`${app}\n    pool: { max: 0, minIdle: 1.5, maxIdle: "5" }\n    breaker: { errorThreshold: 120 }`))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:18: apps[0].pool.max: expected at least 1, got 0
      millpond.yaml:7:30: apps[0].pool.minIdle: expected a whole number, got 1.5
      millpond.yaml:7:44: apps[0].pool.maxIdle: expected a number, got "5"
      millpond.yaml:8:32: apps[0].breaker.errorThreshold: expected at most 100, got 120"
    `);
  });

  test('addresses', () => {
    expect(complaint(app.replace('ports: [8080]', 'frontends: [{ listen: 8080 }, { listen: "::1:80" }]')))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:27: apps[0].frontends[0].listen: expected an address such as "127.0.0.1:8080", "[::]:8080", ":8080" or "unix:/run/millpond.sock", got 8080
      millpond.yaml:5:45: apps[0].frontends[1].listen: expected an address such as "127.0.0.1:8080", "[::]:8080", ":8080" or "unix:/run/millpond.sock", got "::1:80""
    `);
  });

  test('proxies that are trusted', () => {
    const frontends = (trusted: string): string =>
      complaint(app.replace('ports: [8080]', `frontends: [{ listen: ":80", ${trusted} }]`));
    expect(frontends('trustedProxies: [10.0.0.0/8, 10.0.0.0/33, localhost, 7], forwarded: xff')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:63: apps[0].frontends[0].trustedProxies[1]: expected an IP address, a range such as "10.0.0.0/8", or "unix", got "10.0.0.0/33"
      millpond.yaml:5:76: apps[0].frontends[0].trustedProxies[2]: expected an IP address, a range such as "10.0.0.0/8", or "unix", got "localhost"
      millpond.yaml:5:87: apps[0].frontends[0].trustedProxies[3]: expected an IP address, a range such as "10.0.0.0/8", or "unix", got 7
      millpond.yaml:5:102: apps[0].frontends[0].forwarded: expected one of "x-forwarded", "forwarded", "both", "off", got "xff"; did you mean "off"?"
    `);
    expect(frontends('trustedProxies: [10.0.0.0/8, unix]')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:63: apps[0].frontends[0].trustedProxies[1]: is for frontends that listen on a UNIX socket, and this one does not"
    `);
    expect(
      complaint(
        'apps: [{ name: a, frontends: [{ listen: ":1", trustedProxies: [], forwarded: off }], targets: [b:1] }]',
      ),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:47: apps[0].frontends[0].trustedProxies: belongs to protocol http, and this app is tcp
      millpond.yaml:1:67: apps[0].frontends[0].forwarded: belongs to protocol http, and this app is tcp"
    `);
  });

  test('a switch that only turns off', () => {
    expect(complaint(`${app}\n    health: true`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:13: apps[0].health: expected false or an object, got true"
    `);
  });

  test('plugins', () => {
    expect(complaint(`${app}\n    strategy: [random]\n    filters: path-stats`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:15: apps[0].strategy: expected a name, or { use: NAME, options: { … } }, got a list
      millpond.yaml:8:14: apps[0].filters: expected a list, got "path-stats""
    `);
  });

  test('pool sizes that contradict each other', () => {
    expect(complaint(`${app}\n    pool: { max: 10, minIdle: 20 }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:31: apps[0].pool.minIdle: expected at most 10, which is \`max\`, got 20"
    `);
    expect(complaint(`${app}\n    pool: { max: 10, minIdle: 4, maxIdle: 2 }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:31: apps[0].pool.minIdle: expected at most 2, which is \`maxIdle\`, got 4"
    `);
    expect(complaint(`${app}\n    pool: { max: 10, maxIdle: 20 }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:31: apps[0].pool.maxIdle: expected at most 10, which is \`max\`, got 20"
    `);
  });

  test('of another probe', () => {
    expect(complaint(`${app}\n    health: { probe: tcp, path: /health }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:27: apps[0].health.path: belongs to the http probe, and the probe here is tcp"
    `);
  });
});

describe('backends', () => {
  test('that cannot be read', () => {
    expect(complaint(app.replace('127.0.0.1:9001', '127.0.0.1:port'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:6:16: apps[0].backends[0]: "127.0.0.1:port" is not a backend: nothing may follow the port, but "port" does; expected host:port, http://host:port, https://host:port, tcp://host:port, tls://host:port or unix:/path, with IPv6 addresses in brackets."
    `);
  });

  test('twice', () => {
    expect(
      complaint(app.replace('["127.0.0.1:9001"]', '[127.0.0.1:9001, { url: "http://127.0.0.1:9001", weight: 2 }]')),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:6:32: apps[0].backends[1]: the backend "http://127.0.0.1:9001" is there already, at apps[0].backends[0]; give one of them another \`id\`"
    `);
  });

  test('of HTTP in an app for TCP', () => {
    expect(complaint('apps: [{ name: a, ports: [1], targets: ["http://127.0.0.1:9001"] }]')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:41: apps[0].targets[0]: this address is for http, and the protocol here is tcp"
    `);
  });

  test('of an app that has an upstream too', () => {
    expect(complaint(`${app}\n    upstream: api`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:5: apps[0].upstream: expected either \`upstream\` or backends of the app itself, not both"
    `);
  });

  test('in both ways of writing', () => {
    expect(complaint(`${app}\n    targets: ["127.0.0.1:9002"]\n    frontends: [{ listen: ":81" }]`))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:5: apps[0].ports: short for \`frontends\`: give one of the two
      millpond.yaml:7:5: apps[0].targets: short for \`backends\`: give one of the two"
    `);
  });
});

describe('apps', () => {
  test('that listen nowhere and lead nowhere', () => {
    expect(complaint('apps:\n  - name: web\n    protocol: http')).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:2:5: apps[0]: expected \`frontends\` or \`ports\`: the app listens nowhere
      millpond.yaml:2:5: apps[0]: expected \`backends\`, \`upstream\` or \`routes\`: its traffic goes nowhere"
    `);
  });

  test('without a protocol', () => {
    expect(complaint(app.replace('    protocol: http\n', ''))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:3:5: apps[0].protocol: expected "http" or "tcp", but it is missing; only an app with \`targets\` may leave it out"
    `);
  });

  test('of one name', () => {
    expect(complaint(`${app}${app.replace('\napps:', '').replace('8080', '8081')}`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:11: apps[1].name: the app "web" is there already, at apps[0]"
    `);
  });

  test('on one port', () => {
    expect(complaint(`admin: { listen: "127.0.0.1:8080" }${app}${app.replace('\napps:', '').replace('web', 'api')}`))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:13: apps[0].ports[0]: 0.0.0.0:8080 is taken already, by 127.0.0.1:8080 at admin.listen
      millpond.yaml:9:13: apps[1].ports[0]: 0.0.0.0:8080 is taken already, by 127.0.0.1:8080 at admin.listen"
    `);
  });

  test('for TCP with what belongs to HTTP', () => {
    expect(
      complaint(`
apps:
  - name: db
    protocol: tcp
    ports: [5432]
    targets: ["127.0.0.1:15432"]
    filters: [path-stats]
    limits: {}
    timeouts: { request: 1s, idle: 1h }`),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:5: apps[0].filters: belongs to protocol http, and this app is tcp
      millpond.yaml:8:5: apps[0].limits: belongs to protocol http, and this app is tcp
      millpond.yaml:9:17: apps[0].timeouts.request: belongs to protocol http, and this app is tcp"
    `);
  });
});

describe('upstreams and routes', () => {
  const upstreams = `
upstreams:
  web: { backends: ["127.0.0.1:9001"] }
  api: { backends: ["127.0.0.1:9002"] }
apps:
  - name: shop
    protocol: http
    ports: [8080]
    upstream: web`;

  test('an upstream that does not exist', () => {
    expect(
      complaint(
        `${upstreams}\n    routes: [{ match: { path: /api/ }, upstream: apl }, { match: { host: a }, upstream: zzzzz }]`,
      ),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:10:50: apps[0].routes[0].upstream: there is no upstream "apl"; did you mean "api"? (known: web, api)
      millpond.yaml:10:89: apps[0].routes[1].upstream: there is no upstream "zzzzz" (known: web, api)"
    `);
  });

  test('a rule in an app whose upstream is shared', () => {
    expect(complaint(`${upstreams}\n    strategy: random\n    timeouts: { connect: 1s, idle: 5s }`))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:10:5: apps[0].strategy: belongs to upstreams.web, as the app has no backends of its own
      millpond.yaml:11:17: apps[0].timeouts.connect: belongs to upstreams.web, as the app has no backends of its own"
    `);
  });

  test('an upstream named like an app with backends', () => {
    expect(complaint(`upstreams: { web: { backends: ["127.0.0.1:9002"] } }${app}`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:3:11: apps[0].name: the upstream "web" is there already, at upstreams.web; the backends of an app are an upstream of its name"
    `);
  });

  test('one upstream for two protocols', () => {
    expect(complaint(`${upstreams}\n  - { name: edge, protocol: tcp, ports: [8443], upstream: web }`))
      .toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:10:59: apps[1].upstream: the upstream "web" is used for http already, and cannot be used for tcp too"
    `);
  });

  test('routes that match everything, or what another matches already', () => {
    expect(
      complaint(`${upstreams}
    routes:
      - { match: {}, upstream: api }
      - { match: { host: A.example, path: /x }, upstream: api }
      - { match: { host: a.example, path: /x }, upstream: web }`),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:11:18: apps[0].routes[0].match: expected \`host\`, \`path\` or both; what no route matches goes to the app's \`upstream\`
      millpond.yaml:13:18: apps[0].routes[2].match: can never match: it is the same as apps[0].routes[1].match"
    `);
  });

  test('matches that cannot be meant', () => {
    expect(
      complaint(`${upstreams}
    routes:
      - { match: { host: "a.example:8080" }, upstream: api }
      - { match: { path: "api?x=1" }, upstream: api }
      - { match: { header: a }, upstream: api }`),
    ).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:11:26: apps[0].routes[0].match.host: expected a host name, or "*." and a domain, without a port, got "a.example:8080"
      millpond.yaml:12:26: apps[0].routes[1].match.path: expected a path that begins with "/", without a query, got "api?x=1"
      millpond.yaml:13:20: apps[0].routes[2].match.header: unknown key (known: host, path, sni, alpn)"
    `);
  });
});

describe('TLS', () => {
  const tls = '{ certificates: [{ cert: a.pem, key: a.key }] }';

  test('for backends that speak none', () => {
    expect(complaint(`${app}\n    tls: { verify: false }`)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:7:5: apps[0].tls: has no effect: no URL of a backend here begins with "https://" or "tls://""
    `);
  });

  test('a certificate without its key, in an upstream', () => {
    const text = `upstreams: { api: { backends: ['https://a'], tls: { cert: a.pem } } }
apps: [{ name: web, protocol: http, ports: [8080], upstream: api }]`;
    expect(complaint(text)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:1:46: upstreams.api.tls: expected both \`cert\` and \`key\`, or neither of them"
    `);
  });

  test('without a certificate, and with one that is no file', () => {
    const frontend = (settings: string) => `
apps:
  - name: web
    protocol: http
    frontends: [{ listen: ':8443', tls: ${settings} }]
    backends: ['127.0.0.1:9001']`;
    expect(complaint(frontend('{ certificates: [] }'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:57: apps[0].frontends[0].tls.certificates: must not be empty"
    `);
    expect(complaint(frontend('{ certificates: [a.pem] }'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:58: apps[0].frontends[0].tls.certificates[0]: expected an object, got "a.pem""
    `);
  });

  test('of an upstream, in an app that has no backends', () => {
    const text = `upstreams: { api: { backends: ['https://a'] } }
apps: [{ name: web, protocol: http, ports: [8080], upstream: api, tls: { verify: false } }]`;
    expect(complaint(text)).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:2:67: apps[0].tls: belongs to upstreams.api, as the app has no backends of its own"
    `);
  });

  test('a redirect that leads nowhere', () => {
    const frontends = (list: string, protocol = 'http') => `
apps:
  - name: web
    protocol: ${protocol}
    frontends: [${list}]
    backends: ['127.0.0.1:9001']`;
    expect(complaint(frontends("{ listen: ':80', redirect: https }"))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:34: apps[0].frontends[0].redirect: expected another frontend of this app, with \`tls\` and a fixed port"
    `);
    const any = `{ listen: ':80', redirect: https }, { listen: ':0', tls: ${tls} }`;
    expect(complaint(frontends(any))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:34: apps[0].frontends[0].redirect: expected another frontend of this app, with \`tls\` and a fixed port"
    `);
    const itself = `{ listen: ':443', redirect: https, tls: ${tls} }`;
    expect(complaint(frontends(itself))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:35: apps[0].frontends[0].redirect: its clients speak TLS already"
    `);
    const good = `{ listen: ':80', redirect: https }, { listen: ':443', tls: ${tls} }`;
    expect(complaint(frontends(good))).toBe('no complaint');
    expect(complaint(frontends(good, 'tcp'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:5:34: apps[0].frontends[0].redirect: belongs to protocol http, and this app is tcp"
    `);
  });

  test('an address of another protocol', () => {
    expect(complaint(app.replace('127.0.0.1:9001', 'tls://127.0.0.1:9001'))).toMatchInlineSnapshot(`
      "ERR_CONFIG_INVALID
      millpond.yaml:6:16: apps[0].backends[0]: this address is for tcp, and the protocol here is http"
    `);
  });
});
