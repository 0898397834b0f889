import { Command, Option } from 'commander';
import { checkCommand } from './check-command.ts';
import type { CheckOptions } from './check-command.ts';
import { demoCommand } from './demo-command.ts';
import type { DemoOptions } from './demo-command.ts';
import type { ExitCode } from './exit-codes.ts';
import { collect, parseCount, parseDurationFlag, parsePort } from './flag-values.ts';
import { parseLogLevel } from './log-level.ts';
import { runCommand } from './run-command.ts';
import type { RunOptions } from './run-command.ts';
import { flagDefaults } from './run-flags.ts';
import type { Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

/**
 * The commands, their options and their help.
 *
 * @param onEnd - gets what the process is to end with, once a command is done
 */
export function createProgram(terminal: Terminal, onEnd: (code: ExitCode) => void): Command {
  const program = new Command('millpond')
    .description('Shares TCP connections and HTTP requests among servers.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .addHelpText('after', '\nLong options may be written with one dash, too: -config, -port, -loglevel.');

  addRun(program, async (file, options) => onEnd(await runCommand(file, options, terminal)));
  addCheck(program, async (file, options) => onEnd(await checkCommand(file, options, terminal)));
  addDemo(program, async (options) => onEnd(await demoCommand(options, terminal)));
  return program;
}

function addRun(program: Command, action: (file: string | undefined, options: RunOptions) => Promise<void>): void {
  const { port, maxConnections } = flagDefaults;
  program
    .command('run')
    .description('Serve a config until SIGTERM or SIGINT; a second signal cuts off what is in flight.')
    .argument('[file]', 'config: YAML, JSON or .mjs (default: config.json, then millpond.yaml)')
    .addOption(configOption())
    .addOption(
      new Option('--backend <url>', 'a backend; repeat it for more. Without a config, flags say it all').argParser(
        collect,
      ),
    )
    .addOption(new Option('--port <port>', `port to listen on (without a config: ${port})`).argParser(parsePort))
    .option('--strategy <name>', 'what picks the backend (round-robin for http, least-connections for tcp)')
    .addOption(
      new Option(
        '--max-connections <n>',
        `most connections to a backend (without a config: ${maxConnections})`,
      ).argParser(parseCount),
    )
    .addOption(
      new Option('--idle-timeout <time>', 'closes idle connections to backends (without a config: 30s)').argParser(
        parseDurationFlag,
      ),
    )
    .addOption(
      new Option('--health-interval <time>', 'time between two probes (without a config: 5s)').argParser(
        parseDurationFlag,
      ),
    )
    .addOption(logLevelOption())
    .addOption(new Option('--debug', 'short for --log-level debug').conflicts('logLevel'))
    .action(action);
}

function addCheck(program: Command, action: (file: string | undefined, options: CheckOptions) => Promise<void>): void {
  program
    .command('check')
    .description('Read a config and its plugins, and say what was understood; opens nothing.')
    .argument('[file]', 'config: YAML, JSON or .mjs (default: config.json, then millpond.yaml)')
    .addOption(configOption())
    .option('--json', 'write JSON')
    .action(action);
}

function addDemo(program: Command, action: (options: DemoOptions) => Promise<void>): void {
  program
    .command('demo')
    .description('Serve three small backends of its own, to look around.')
    .addOption(new Option('--port <port>', 'port to listen on').argParser(parsePort).default(flagDefaults.port))
    .option('--admin <address>', 'address of the admin API (default: 127.0.0.1:9090)')
    .addOption(logLevelOption())
    .option('--json', 'write JSON')
    .action(action);
}

function configOption(): Option {
  return new Option('-c, --config <file>', 'the same as [file]');
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', 'debug, info, warn, error, fatal, silent, or 0 to 7').argParser(
    parseLogLevel,
  );
}
