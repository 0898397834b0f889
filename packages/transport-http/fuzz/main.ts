import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzz, type FuzzReport } from './fuzz-run.ts';
import { TARGETS } from './targets.ts';

const USAGE = `npm run fuzz -- [--seconds 60] [--seed N] [--only ${Object.keys(TARGETS).join('|')}]\n`;

/** Characters of a view that are shown. */
const MAX_SHOWN = 4000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** As a string or an object of JavaScript, in ASCII only: what cannot be seen is often what matters. */
function shown(view: unknown): string {
  const text = (JSON.stringify(view) ?? 'nothing').replaceAll(
    /[\x7f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function sayReport({ target, cases, accepted, known, found }: FuzzReport, seconds: number): void {
  const rate = Math.round(cases / seconds);
  say(`${target}: ${cases} cases in ${seconds.toFixed(1)} s (${rate} per second), ${accepted} of them accepted`);
  for (const [name, count] of known) say(`  ${count} of a known difference: ${name}`);
  if (found === undefined) return;
  const { what, ours, theirs } = found.finding;
  say(`  FOUND in case ${found.number}: ${what}`);
  say(`  message  ${shown(found.text)}`);
  say(`  ours     ${shown(ours)}`);
  say(`  theirs   ${shown(theirs)}`);
}

async function run(names: readonly string[], seed: number, seconds: number): Promise<boolean> {
  let isClean = true;
  for (const name of names) {
    const target = TARGETS[name]?.();
    if (target === undefined) continue;
    const startedAt = performance.now();
    const elapsed = (): number => (performance.now() - startedAt) / 1000;
    const report = await fuzz(target, { seed, goesOn: () => elapsed() < seconds / names.length });
    sayReport(report, elapsed());
    isClean &&= report.found === undefined;
  }
  return isClean;
}

// Half of all cases are refused by throwing, and most of what that costs is the trace.
Error.stackTraceLimit = 0;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? randomInt(2 ** 32 - 1) : Number(values.seed);
const names = values.only === undefined ? Object.keys(TARGETS) : [values.only];

if (!(seconds > 0) || !Number.isSafeInteger(seed) || names.some((name) => !Object.hasOwn(TARGETS, name))) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  say(`seed ${seed}, Node ${process.versions.node}`);
  process.exitCode = (await run(names, seed, seconds)) ? 0 : 1;
}
