import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'millpond-pool-'));

/** What a program in the project prints. */
function run(file: string, program: string): string {
  writeFileSync(join(project, file), program);
  return execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8', timeout: 20_000 });
}

const PROGRAM = `
const pool = new Pool({ create: async () => ({ id: 7 }), destroy: () => {} }, { max: 2 });
const old = createPool({ create: async () => 8, destroy: async () => {} });
pool.use(({ id }) => id).then(async (id) => {
  console.log(id, await old.acquire(), typeof AdaptiveSize);
  await pool.drain();
});
`;

describe('the packed package, in an empty project', () => {
  beforeAll(() => {
    // As npm would install it, without asking a registry.
    for (const name of ['contracts', 'pool']) {
      const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', project];
      execFileSync('npm', pack, { cwd: join(repository, 'packages', name), stdio: 'pipe' });
      const tarball = readdirSync(project).find((file) => file.includes(`-${name}-`)) ?? '';
      const target = join(project, 'node_modules/@millpond', name);
      mkdirSync(target, { recursive: true });
      execFileSync('tar', ['-xzf', join(project, tarball), '-C', target, '--strip-components=1']);
    }
    const engine = dirname(createRequire(import.meta.url).resolve('generic-pool/package.json'));
    cpSync(engine, join(project, 'node_modules/generic-pool'), { recursive: true });
  }, 60_000);

  afterAll(() => rmSync(project, { recursive: true }));

  it('is imported', () => {
    const imports = `import { AdaptiveSize, Pool } from "@millpond/pool";\nimport { createPool } from "@millpond/pool/generic-pool";`;
    expect(run('program.mjs', imports + PROGRAM)).toBe('7 8 function\n');
  });

  it('is required', () => {
    const requires = `const { AdaptiveSize, Pool } = require('@millpond/pool');\nconst { createPool } = require('@millpond/pool/generic-pool');`;
    expect(run('program.cjs', requires + PROGRAM)).toBe('7 8 function\n');
  });
});
