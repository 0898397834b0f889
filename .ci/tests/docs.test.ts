import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root, sources, workspaces } from './workspaces.ts';

const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g;
const ANCHOR = /\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g;

/** A source file that a page names, by its whole path or the end of it; `NAME` stands for what is yet to be written. */
const SOURCE_FILE = /`(?![^`]*NAME)([\w./-]+\.ts)`/g;

const files = [...workspaces().flatMap(({ folder }) => sources(folder)), ...sources('.ci')];

function isSource(name: string): boolean {
  return files.some((path) => `/${path}`.endsWith(`/${name}`));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function pages(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `docs/${name}`);
  return [...top, ...docs, ...workspaces().map(({ folder }) => `${folder}/README.md`)];
}

describe('documentation', () => {
  it.each(workspaces())('$name carries the licence, so that it is in what is published', ({ folder }) => {
    expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE'));
  });

  it.each(workspaces())('$name has a README that begins with its name', ({ name, folder }) => {
    expect(existsSync(join(root, folder, 'README.md'))).toBe(true);
    expect(read(`${folder}/README.md`).split('\n')[0]).toContain(name);
  });

  it.each(pages())('%s links to files that exist', (page) => {
    const broken = [...read(page).matchAll(LINK)]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(join(root, normalize(join(dirname(page), target)))));
    expect(broken).toEqual([]);
  });

  it.each(pages())('%s links to headings that exist', (page) => {
    const broken = [...read(page).matchAll(ANCHOR)]
      .map(([, target = '', anchor = '']) => ({ target: normalize(join(dirname(page), target)), anchor }))
      .map(({ target, anchor }) => ({ target: target === normalize(dirname(page)) ? page : target, anchor }))
      .filter(({ target, anchor }) => !target.endsWith('.md') || !anchors(target).includes(anchor));
    expect(broken).toEqual([]);
  });

  it.each(pages().filter((page) => /^(?:ARCHITECTURE|docs\/decisions)/.test(page)))(
    '%s names source files that exist',
    (page) => {
      const gone = [...read(page).matchAll(SOURCE_FILE)].map(([, name = '']) => name).filter((name) => !isSource(name));
      expect(gone).toEqual([]);
    },
  );

  it('shows every package in the README', () => {
    const readme = read('README.md');
    const missing = workspaces().filter(({ manifest, name }) => manifest.private !== true && !readme.includes(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
