import { MillpondError } from '@millpond/contracts';

/** @throws ERR_METRICS_INVALID_NAME */
export function checkName(name: string): void {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return;
  throw invalidName(`"${name}" is not the name of a metric: letters, digits, "_" and ":" only, no digit first`);
}

/** @throws ERR_METRICS_INVALID_NAME */
export function checkCounterName(name: string): void {
  if (!name.endsWith('_total')) throw invalidName(`the name of a counter ends in "_total": call it ${name}_total`);
}

/** @throws ERR_METRICS_INVALID_NAME */
export function checkLabelName(name: string, label: string): void {
  // Prometheus keeps `le` and what begins with two underscores to itself.
  if (/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) && label !== 'le') return;
  throw invalidName(`"${label}" cannot be a label of ${name}: letters, digits and "_" only, and "le" is taken`);
}

/** @throws ERR_METRICS_BUCKETS */
export function checkBuckets(name: string, buckets: readonly number[]): void {
  const ascend = buckets.every((bound, index) => Number.isFinite(bound) && bound > (buckets[index - 1] ?? -Infinity));
  if (ascend) return;
  throw new MillpondError(
    'ERR_METRICS_BUCKETS',
    `the buckets of ${name} must be finite and ascend: ${buckets.join(', ')}`,
  );
}

function invalidName(problem: string): MillpondError {
  return new MillpondError('ERR_METRICS_INVALID_NAME', problem);
}
