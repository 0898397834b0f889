/** The longest duration: Node's timers overflow beyond 2^31 - 1 ms, which is 24.8 days. */
export const MAX_DURATION_MS = 2 ** 31 - 1;

/** How a duration is written. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration: `250ms`, `30s`, `1.5m`, `1h`, or a number of milliseconds.
 *
 * @returns whole milliseconds, or undefined if it is none, or is longer than {@link MAX_DURATION_MS}
 */
export function parseDuration(value: string | number): number | undefined {
  const ms = Math.round(typeof value === 'number' ? value : milliseconds(value));
  return ms >= 0 && ms <= MAX_DURATION_MS ? ms : undefined;
}

/** Writes a duration in the largest unit that keeps it whole: `90s`, `30m`, `250ms`. */
export function formatDuration(ms: number): string {
  for (const unit of ['h', 'm', 's']) {
    const unitMs = UNIT_MS[unit] ?? 1;
    if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}

function milliseconds(text: string): number {
  const [, amount, unit = ''] = DURATION.exec(text) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
}
