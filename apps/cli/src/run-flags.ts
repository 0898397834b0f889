import type { ConfigOverride } from '@millpond/proxy';
import type { LogLevel } from './log-level.ts';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-codes.ts';

/** The flags of `millpond run` that go before the config, or stand in for one. */
export interface RunFlags {
  readonly backend?: readonly string[];
  readonly port?: number;
  readonly strategy?: string;
  readonly maxConnections?: number;
  readonly idleTimeout?: number;
  readonly healthInterval?: number;
  readonly debug?: boolean;
  readonly logLevel?: LogLevel;
}

/** What holds where flags stand in for a config. */
export const flagDefaults = { port: 8080, maxConnections: 50, idleTimeout: 30_000, healthInterval: 5_000 };

/** A config made of flags alone: one app. It speaks HTTP if a backend is given as `http://…`, else TCP. */
export function configOfFlags(flags: RunFlags): ConfigOverride[] {
  const { backend = [] } = flags;
  const protocol = backend.some((url) => url.startsWith('http://')) ? 'http' : 'tcp';
  const app = { name: 'proxy', protocol, backends: backend };
  return [
    { path: 'apps', value: [app], origin: '--backend' },
    ...portOverrides(flags.port ?? flagDefaults.port),
    ...policyOverrides({ ...flagDefaults, ...flags }, 'apps[0]'),
    ...logOverrides(flags),
  ];
}

/**
 * What flags change in a config that was read: the rules of every upstream, and port and backends of the only app.
 *
 * @param config - as it was written; it is not checked yet
 */
export function overridesOfFlags(flags: RunFlags, config: unknown): ConfigOverride[] {
  const { port, backend } = flags;
  const apps = entries(config, 'apps');
  const [, onlyApp] = apps[0] ?? [];
  if (apps.length > 1 && (port !== undefined || backend !== undefined)) {
    throw new CommandError(
      `--port and --backend need a config of one app, and this one has ${apps.length}.`,
      exitCodes.usage,
    );
  }
  const owners = apps.filter(([, app]) => backend !== undefined || has(app, 'backends') || has(app, 'targets'));
  return [
    ...(backend === undefined ? [] : backendOverrides(backend, has(onlyApp, 'targets') ? 'targets' : 'backends')),
    ...(port === undefined ? [] : portOverrides(port)),
    ...[...entries(config, 'upstreams'), ...owners].flatMap(([path, upstream]) =>
      policyOverrides(flags, path, upstream),
    ),
    ...logOverrides(flags),
  ];
}

function portOverrides(port: number): ConfigOverride[] {
  return [
    { path: 'apps[0].frontends', value: undefined, origin: '--port' },
    { path: 'apps[0].ports', value: [port], origin: '--port' },
  ];
}

function backendOverrides(backends: readonly string[], key: 'backends' | 'targets'): ConfigOverride[] {
  return [
    { path: 'apps[0].upstream', value: undefined, origin: '--backend' },
    { path: `apps[0].${key}`, value: backends, origin: '--backend' },
  ];
}

function policyOverrides(flags: RunFlags, path: string, upstream?: unknown): ConfigOverride[] {
  const isProbed = !has(upstream, 'health') || upstream.health !== false;
  return [
    { path: `${path}.strategy`, value: flags.strategy, origin: '--strategy' },
    { path: `${path}.pool.max`, value: flags.maxConnections, origin: '--max-connections' },
    { path: `${path}.pool.idleTimeout`, value: flags.idleTimeout, origin: '--idle-timeout' },
    {
      path: `${path}.health.interval`,
      value: isProbed ? flags.healthInterval : undefined,
      origin: '--health-interval',
    },
  ].filter(({ value }) => value !== undefined);
}

function logOverrides({ debug, logLevel }: RunFlags): ConfigOverride[] {
  if (debug === true) return [{ path: 'log.level', value: 'debug', origin: '--debug' }];
  return logLevel === undefined ? [] : [{ path: 'log.level', value: logLevel, origin: '--log-level' }];
}

/** The members of a list or an object in the config, each with its path. */
function entries(config: unknown, key: string): [path: string, value: unknown][] {
  const members = has(config, key) ? config[key] : undefined;
  if (Array.isArray(members)) return members.map((value: unknown, index) => [`${key}[${index}]`, value]);
  if (typeof members !== 'object' || members === null) return [];
  return Object.entries(members).map(([name, value]) => [`${key}[${JSON.stringify(name)}]`, value]);
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}
