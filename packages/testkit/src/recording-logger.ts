import type { Logger } from '@millpond/contracts';

/** One line that was logged. */
export interface LogEntry {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps what it is told. */
export interface RecordingLogger extends Logger {
  /** Everything that was logged, oldest first. */
  readonly entries: readonly LogEntry[];
}

/** A {@link Logger} that prints nothing and keeps everything, for tests to look at. */
export function recordingLogger(): RecordingLogger {
  const entries: LogEntry[] = [];
  const record = (level: keyof Logger) => (fields: object, message: string) => {
    entries.push({ level, fields, message });
  };
  return { entries, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}
