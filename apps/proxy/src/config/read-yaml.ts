import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Alias, Document, ErrorCode, Node, Pair } from 'yaml';
import { ConfigError } from './config-error.ts';
import type { ConfigIssue } from './config-error.ts';
import { parsePath } from './config-path.ts';
import type { PathSegment } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';

/** How many nodes aliases may multiply into, so that a small file cannot fill the memory. */
const MAX_ALIAS_COUNT = 100;

/** What the library says for programmers, said for people who write a config. */
const CLEARER: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'this key is there already',
  MULTIPLE_DOCS: 'expected one document, but another begins here',
  NON_STRING_KEY: 'expected a key that is a string',
};

/** A config as it was written, and where it came from. */
export interface RawConfig {
  readonly value: unknown;
  readonly source: ConfigSource;
}

/**
 * Reads YAML 1.2, and so JSON. Keys may not be repeated; tags beyond YAML's core schema are refused.
 *
 * @param file - absolute path
 * @param label - the file as messages name it
 * @throws ERR_CONFIG_SYNTAX
 */
export function readYaml(text: string, file: string, label: string): RawConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });

  const issueAt = (offset: number | undefined, path: string, message: string): ConfigIssue => {
    const position = offset === undefined ? undefined : lines.linePos(offset);
    return { origin: label, line: position?.line, column: position?.col, path, message };
  };

  const flaws = [...document.errors, ...document.warnings].map(({ code, message, pos }) =>
    issueAt(pos[0], '', CLEARER[code] ?? message),
  );
  const dangling = danglingAliases(document).map(({ source, range }) =>
    issueAt(range?.[0], '', `there is no anchor &${source} before this alias`),
  );
  if (flaws.length + dangling.length > 0) throw new ConfigError('ERR_CONFIG_SYNTAX', [...flaws, ...dangling]);

  return {
    value: toValue(document, label),
    source: {
      file,
      issue: (path, message, at = 'value') => issueAt(offsetOf(document, parsePath(path), at), path, message),
    },
  };
}

function danglingAliases(document: Document): Alias[] {
  const anchors = new Set<string>();
  const dangling: Alias[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (!anchors.has(alias.source)) dangling.push(alias);
    },
    Value: (_, { anchor }) => {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return dangling;
}

function toValue(document: Document, label: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
  } catch (cause) {
    const message = `aliases stand for more than ${MAX_ALIAS_COUNT} copies; write out what they stand for`;
    throw new ConfigError(
      'ERR_CONFIG_SYNTAX',
      [{ origin: label, line: undefined, column: undefined, path: '', message }],
      { cause },
    );
  }
}

/** Where in the text the end of a path stands; where it does not exist, the last thing on the way that does. */
function offsetOf(document: Document, path: readonly PathSegment[], at: 'key' | 'value'): number {
  let node = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, segment] of path.entries()) {
    const pair = pairAt(resolve(node, document), segment);
    if (pair === undefined) return offset;
    const isLast = depth === path.length - 1;
    const keyOffset = startOf(pair.key);
    offset = (isLast && at === 'key' ? keyOffset : (startOf(pair.value) ?? keyOffset)) ?? offset;
    node = pair.value;
  }
  return offset;
}

function pairAt(node: Node | null, segment: PathSegment): { key: Node | null; value: Node | null } | undefined {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(segment)];
    return value && { key: value, value };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  return node.items.find(
    (pair: Pair<Node, Node | null>) => isScalar(pair.key) && String(pair.key.value) === String(segment),
  );
}

function resolve(node: Node | null, document: Document): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function startOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}
