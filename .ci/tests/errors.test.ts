import { describe, expect, it } from 'vitest';
import { code, isTest, read, sources, tables, workspaces } from './workspaces.ts';

const CODE = /\bERR_[A-Z]+(?:_[A-Z0-9]+)+\b/g;
/** Codes as they are thrown: string literals, not mentions in comments. */
const THROWN = /['"`](ERR_[A-Z]+(?:_[A-Z0-9]+)+)['"`]/g;

/** Where each code is mentioned that the sources use. */
const thrown = new Map(
  workspaces().flatMap(({ folder }) =>
    sources(folder)
      .filter((path) => !isTest(path))
      .flatMap((path) => [...code(path).matchAll(THROWN)].map((match): [string, string] => [match[1] ?? '', path])),
  ),
);
const documented = new Set([...read('docs/errors.md').matchAll(CODE)].map(([mention]) => mention));
const listed = tables('docs/errors.md').flatMap(({ rows }) => rows.map(([first = '']) => first));

describe('docs/errors.md', () => {
  it('lists every code that the packages use', () => {
    expect([...thrown.keys()].filter((error) => !listed.includes(error)).toSorted()).toEqual([]);
  });

  it('lists no code that is gone', () => {
    expect([...documented].filter((error) => !thrown.has(error)).toSorted()).toEqual([]);
  });

  it('lists each code once', () => {
    expect(listed.filter((error, index) => listed.indexOf(error) !== index)).toEqual([]);
  });
});
