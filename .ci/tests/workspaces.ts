import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A package of the repository. */
export interface Workspace {
  readonly name: string;
  /** From the root, for example `packages/pool`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The part of package.json that the tests read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** All packages of the repository. */
export function workspaces(): Workspace[] {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((folder) => {
      const path = `${parent}/${folder}`;
      const manifest: Manifest = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      return { name: manifest.name, folder: path, manifest };
    }),
  );
}

/** TypeScript files below a folder, from the root. */
export function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules/') && !path.includes('/dist/'));
}

/** Text of a file, by its path from the root. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Text of a source file without the lines that are comments, so that examples in them are not taken for code. */
export function code(path: string): string {
  return read(path).replace(/^[ \t]*(?:\/\/|\/\*|\*(?=[ /]|$)).*$/gm, '');
}

/** Lines of the tables under each heading of a Markdown page, as cells without their back-quotes. */
export function tables(path: string): { readonly heading: string; readonly rows: readonly (readonly string[])[] }[] {
  return read(path)
    .split(/^#+ /m)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return { heading, rows: lines.filter(isRow).map(cells) };
    });
}

/** A row that begins with something in back-quotes: neither the head of a table nor the line below it. */
function isRow(line: string): boolean {
  return line.startsWith('| `');
}

function cells(row: string): string[] {
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}

/** Whether a file is a test, or only there for tests. */
export function isTest(path: string): boolean {
  return (
    /\.test(?:-d)?\.ts$/.test(path) || /\/(?:test|fuzz)\//.test(path) || basename(dirname(path)) === 'test-support'
  );
}
