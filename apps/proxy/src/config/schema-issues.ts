import type { z } from 'zod';
import type { ConfigIssue } from './config-error.ts';
import { formatPath, joinPath } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';
import { knownKeys } from './known-keys.ts';
import { didYouMean } from './did-you-mean.ts';

type SchemaIssue = z.core.$ZodIssue;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/**
 * Says what a schema expected, for the values whose schema does not say so itself. Given to zod when it parses; what
 * was found instead, and where, is added by {@link schemaIssues}.
 */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return issue.origin === 'number' ? `expected at least ${issue.minimum}` : 'must not be empty';
    case 'too_big':
      return issue.origin === 'number'
        ? `expected at most ${issue.maximum}`
        : `expected at most ${issue.maximum} of them`;
    case 'invalid_union':
      return `expected ${issue.errors.map(([first]) => first?.message.replace(/^expected /, '')).join(' or ')}`;
    default:
      return undefined;
  }
}

/** What zod found wrong, as people read it; one issue for each key that is unknown. */
export function schemaIssues(issues: readonly SchemaIssue[], source: ConfigSource): ConfigIssue[] {
  return issues.flatMap(closestBranch).flatMap((issue) => {
    const path = formatPath(issue.path);
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) =>
          source.issue(joinPath(path, key), unknownKey(key, knownKeys(issue.path)), 'key'),
        );
      case 'invalid_key':
        return source.issue(path, issue.issues[0]?.message ?? issue.message, 'key');
      default:
        return source.issue(path, `${issue.message}${found(issue)}${suggestion(issue)}`);
    }
  });
}

/** Of the ways a union could have been meant, the one whose type fits what was written; else the union as a whole. */
function closestBranch(issue: SchemaIssue): SchemaIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branch = issue.errors.find((issues) => issues.length > 0 && !issues.some(isOfAnotherType));
  if (branch === undefined) return [issue];
  return branch
    .map((inner): SchemaIssue => ({ ...inner, path: [...issue.path, ...inner.path] }))
    .flatMap(closestBranch);
}

function isOfAnotherType({ path, code }: SchemaIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union');
}

function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key${didYouMean(key, known)} (known: ${known.join(', ')})`;
}

function found({ input, code }: SchemaIssue): string {
  if (code === 'too_small' && !(typeof input === 'number')) return '';
  if (input === undefined) return ', but it is missing';
  if (Array.isArray(input)) return ', got a list';
  if (typeof input === 'object' && input !== null) return ', got an object';
  return `, got ${JSON.stringify(input) ?? typeof input}`;
}

function suggestion(issue: SchemaIssue): string {
  if (issue.code !== 'invalid_value' || typeof issue.input !== 'string') return '';
  return didYouMean(
    issue.input,
    issue.values.filter((value) => typeof value === 'string'),
  );
}
