import { createProxy, loadConfig } from '@millpond/proxy';
import type { ConfigOverride, Proxy, ProxyConfig } from '@millpond/proxy';
import type { Logger } from 'pino';
import { CommandError } from './command-error.ts';
import { createLogger } from './create-logger.ts';
import { startDemoBackends } from './demo-backends.ts';
import { describeDemo } from './describe-demo.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { LogLevel } from './log-level.ts';
import { codeOf } from './report-error.ts';
import { serve } from './serve.ts';
import type { Terminal } from './terminal.ts';

const BACKENDS = ['alder', 'birch', 'cedar'];
const ADMIN = '127.0.0.1:9090';

/** The options of `millpond demo`. */
export interface DemoOptions {
  readonly port: number;
  readonly admin?: string;
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
}

/** `millpond demo`: a proxy in front of three small backends of its own. */
export async function demoCommand(options: DemoOptions, terminal: Terminal): Promise<ExitCode> {
  const { env, stdout } = terminal;
  const backends = await startDemoBackends(BACKENDS);
  try {
    const config = await loadConfig(undefined, { env, overrides: demoConfig(options, backends.urls, env) });
    const demo = createDemo(config, createLogger(config.log, terminal));
    const onOpen = () => stdout.write(describeDemo(demo.proxy, backends.urls, options.json === true));
    return await serve(demo, terminal, { onOpen });
  } finally {
    await backends.close();
  }
}

/** The environment goes before what the demo would choose by itself. */
function demoConfig(options: DemoOptions, urls: readonly string[], env: Terminal['env']): ConfigOverride[] {
  const isSet = (name: string) => (env[name] ?? '') !== '';
  const { admin = isSet('MILLPOND_ADMIN_LISTEN') ? undefined : ADMIN } = options;
  const { logLevel = isSet('MILLPOND_LOG_LEVEL') ? undefined : 'warn' } = options;
  const app = { name: 'demo', protocol: 'http', ports: [options.port], backends: urls };
  return [
    { path: 'apps', value: [app], origin: '--port' },
    ...(admin === undefined ? [] : [{ path: 'admin.listen', value: admin, origin: '--admin' }]),
    ...(logLevel === undefined ? [] : [{ path: 'log.level', value: logLevel, origin: '--log-level' }]),
  ];
}

/** A proxy waits for a port that is busy; who tries the demo would rather be told. */
function createDemo(config: ProxyConfig, logger: Logger): { proxy: Proxy } & Pick<Proxy, 'start' | 'stop'> {
  let onBusy: ((address: string) => void) | undefined;
  const proxy = createProxy(config, { logger, observer: { listenRetried: (address) => onBusy?.(address) } });
  const open = () =>
    new Promise<void>((resolve, reject) => {
      onBusy = (address) => reject(inUse(address, '--port 8081'));
      proxy
        .start()
        .then(resolve, (error: unknown) =>
          reject(isAdminBusy(error) ? inUse('The admin address', '--admin 127.0.0.1:9091') : error),
        );
    });
  return {
    proxy,
    start: () =>
      open().catch(async (error: unknown) => {
        await proxy.stop({ timeoutMs: 0 });
        throw error;
      }),
    stop: (options) => proxy.stop(options),
  };
}

function isAdminBusy(error: unknown): boolean {
  return codeOf(error) === 'ERR_PROXY_ADMIN_LISTEN' && error instanceof Error && codeOf(error.cause) === 'EADDRINUSE';
}

function inUse(address: string, choice: string): CommandError {
  return new CommandError(`${address} is in use. Choose another: millpond demo ${choice}`, exitCodes.runtime);
}
