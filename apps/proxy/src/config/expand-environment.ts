import { isPlainObject } from './plain-object.ts';
import { joinPath } from './config-path.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const EXPANSION = /\$\$|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;
const WHOLE = /^\$\{[A-Za-z_]\w*(?::-[^}]*)?\}$/;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A copy of `value` in which every string has its `${NAME}` and `${NAME:-default}` replaced from the environment. The
 * default stands in for a variable that is unset or empty. `$$` is one `$`. Anything else, such as `${path.bytes}`, is
 * left as it is; so is what an expansion brought in. A string that is one whole expansion gets a type of its own, see
 * {@link retype}.
 *
 * @param onUnset - called for every variable that is unset and has no default
 */
export function expandEnvironment(
  value: unknown,
  env: Environment,
  onUnset: (name: string, path: string) => void,
  path = '',
): unknown {
  if (typeof value === 'string') return expandString(value, env, (name) => onUnset(name, path));
  if (Array.isArray(value)) {
    return value.map((item, index) => expandEnvironment(item, env, onUnset, joinPath(path, index)));
  }
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expandEnvironment(item, env, onUnset, joinPath(path, key))]),
  );
}

/** The value that JSON would read: true, false, null or a number; any other text stays text. */
export function retype(text: string): string | number | boolean | null {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  if (!JSON_NUMBER.test(text)) return text;
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

function expandString(text: string, env: Environment, onUnset: (name: string) => void): unknown {
  if (!text.includes('$')) return text;
  const expanded = text.replace(EXPANSION, (match, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '$';
    const value = env[name];
    if (value === undefined && fallback === undefined) onUnset(name);
    return (value === '' ? fallback : (value ?? fallback)) ?? '';
  });
  return WHOLE.test(text) ? retype(expanded) : expanded;
}
