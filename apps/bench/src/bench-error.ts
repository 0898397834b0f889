/** What went wrong, for the person who runs the benchmark; the message says what to do. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
