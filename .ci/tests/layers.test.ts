import { describe, expect, it } from 'vitest';
import { code, isTest, sources, workspaces } from './workspaces.ts';

/** Which packages a package may import, besides contracts. An import only ever points downwards (ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  '@millpond/contracts': [],
  '@millpond/testkit': [],
  '@millpond/pool': [],
  '@millpond/balancer': [],
  '@millpond/health': [],
  '@millpond/metrics': [],
  '@millpond/discovery': [],
  '@millpond/transport-tcp': [],
  '@millpond/transport-http': ['@millpond/transport-tcp'],
  '@millpond/registry': [],
  '@millpond/upstream': [
    '@millpond/pool',
    '@millpond/balancer',
    '@millpond/health',
    '@millpond/discovery',
    '@millpond/metrics',
    '@millpond/registry',
  ],
  '@millpond/proxy': [
    '@millpond/pool',
    '@millpond/balancer',
    '@millpond/health',
    '@millpond/metrics',
    '@millpond/discovery',
    '@millpond/transport-tcp',
    '@millpond/transport-http',
    '@millpond/registry',
    '@millpond/upstream',
  ],
  millpond: ['@millpond/proxy'],
  '@millpond/bench': ['millpond', '@millpond/pool', '@millpond/balancer', '@millpond/upstream'],
};

const IMPORT = /\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm;

/** The package that an import specifier names, without what it names inside of it. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function importsOf(path: string): string[] {
  return [...code(path).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const ours = new Set(workspaces().map(({ name }) => name));

describe.each(workspaces())('$name', ({ name, folder, manifest }) => {
  const allowed = new Set([
    ...(MAY_IMPORT[name] ?? []),
    ...(name === '@millpond/contracts' ? [] : ['@millpond/contracts']),
  ]);

  it('has a place in the layers', () => {
    expect(Object.keys(MAY_IMPORT)).toContain(name);
  });

  it('depends on packages of lower layers only', () => {
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(dependencies.filter((dependency) => ours.has(dependency) && !allowed.has(dependency))).toEqual([]);
    const forTests = Object.keys(manifest.devDependencies ?? {}).filter((dependency) => ours.has(dependency));
    const testOnly = forTests.filter((dependency) => dependency !== '@millpond/testkit' && !allowed.has(dependency));
    expect(testOnly).toEqual([]);
  });

  it('imports packages of lower layers only, and only those that it depends on', () => {
    const wrong = sources(folder).flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map(packageOf)
        .filter((imported) => {
          if (isTest(path)) return ours.has(imported) && !allowed.has(imported) && imported !== '@millpond/testkit';
          // What is private is installed by nobody, so it need not tell what it runs on from what it is built with.
          const development = manifest.private === true ? manifest.devDependencies : {};
          const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...development };
          return !Object.hasOwn(declared, imported) || (ours.has(imported) && !allowed.has(imported));
        })
        .map((imported) => `${path} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it('never reaches into another package by a relative path', () => {
    const wrong = sources(folder).flatMap((path) =>
      importsOf(path).filter((specifier) => specifier.startsWith('.') && leavesPackage(path, specifier, folder)),
    );
    expect(wrong).toEqual([]);
  });
});

function leavesPackage(path: string, specifier: string, folder: string): boolean {
  const resolved = new URL(specifier, `file:///${path}`).pathname;
  return !resolved.startsWith(`/${folder}/`);
}
