/**
 * Rewrites the spellings that other proxies have taught people: one dash before a long name (`-config`, `-port=80`),
 * and `loglevel`. Everything after `--` stays as it is.
 *
 * @param names - the long names of all options, without dashes
 */
export function normaliseArguments(args: readonly string[], names: ReadonlySet<string>): string[] {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return [...options.map((argument) => normalise(argument, names)), ...args.slice(options.length)];
}

function normalise(argument: string, names: ReadonlySet<string>): string {
  const { written = '', value = '' } = /^--?(?<written>[a-z][\w-]+)(?<value>=.*)?$/s.exec(argument)?.groups ?? {};
  const name = written === 'loglevel' ? 'log-level' : written;
  return names.has(name) ? `--${name}${value}` : argument;
}
