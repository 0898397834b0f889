import type { FilterExchange } from '@millpond/contracts';

/** A text with values of the exchange in it, ready to be filled in again and again. */
export interface Template {
  /** The values that filters must provide: those that are not built in. */
  readonly needs: readonly string[];
  /** Whether it reads something of the response. */
  readonly readsResponse: boolean;
  /** The text; undefined where a value that it names is missing. */
  render(exchange: FilterExchange): string | undefined;
}

/** What became of a text that should be a template. */
export type ParsedTemplate =
  | { readonly template: Template }
  /** In words, for the author of the text. */
  | { readonly problem: string };

type Read = (exchange: FilterExchange) => string | undefined;

const requestValues: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['client.address', (exchange) => exchange.clientAddress],
  ['request.method', (exchange) => exchange.method],
  ['request.host', (exchange) => exchange.host],
  ['request.path', (exchange) => exchange.path],
]);

const responseValues: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['response.status', (exchange) => String(exchange.status)],
]);

/** `$$`, `${name}`, or `${` without an end. */
const syntax = /\$\$|\$\{([^}]*)(\}?)/g;

/** Dotted, since `${NAME}` without a dot is an environment variable to the config. */
const dottedName = /^[a-z][\w-]*(?:\.[\w-]+)+$/;

/**
 * Reads a template: `${name}` stands for a value, `$$` for a dollar sign, everything else for itself.
 *
 * Built in are `client.address`, `request.method`, `request.host`, `request.path` and `response.status`; any other
 * dotted name is a value that a filter provides.
 */
export function parseTemplate(source: string): ParsedTemplate {
  const parts: (string | Read)[] = [];
  const needs = new Set<string>();
  let readsResponse = false;
  let end = 0;
  for (const match of source.matchAll(syntax)) {
    parts.push(source.slice(end, match.index));
    end = match.index + match[0].length;
    const [, name, closed] = match;
    if (name === undefined) {
      parts.push('$');
      continue;
    }
    if (closed === '') return { problem: `"\${${name}" lacks its "}"; write "$$" for a dollar sign` };
    if (!dottedName.test(name)) {
      return { problem: `"\${${name}}" is not a value: they have dotted names, such as "\${request.host}"` };
    }
    const builtIn = requestValues.get(name) ?? responseValues.get(name);
    if (builtIn === undefined) needs.add(name);
    readsResponse ||= responseValues.has(name);
    parts.push(builtIn ?? ((exchange) => exchange.value(name)));
  }
  parts.push(source.slice(end));
  const render = renderer(parts.filter((part) => part !== ''));
  return { template: { needs: [...needs], readsResponse, render } };
}

function renderer(parts: readonly (string | Read)[]): Read {
  return (exchange) => {
    let text = '';
    for (const part of parts) {
      const value = typeof part === 'string' ? part : part(exchange);
      if (value === undefined) return undefined;
      text += value;
    }
    return text;
  };
}
