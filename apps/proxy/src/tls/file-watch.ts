import { stat } from 'node:fs/promises';
import type { Clock, Timer } from '@millpond/contracts';

/** How often files are looked at. */
const INTERVAL_MS = 1000;

/**
 * Tells when files have changed, and have then stayed as they are for a second: so a pair of files that are written one
 * after the other is read when both are there.
 *
 * It looks at them once per second instead of waiting for events: that costs 50 µs for a pair, and sees whatever changes
 * what is behind a name: a write, a rename, another target of a link anywhere on the way there, and file systems of other machines.
 */
export class FileWatch {
  readonly #files: readonly string[];
  readonly #clock: Clock;
  readonly #onChange: () => Promise<void>;
  #timer: Timer | undefined;
  /** What the files were when they were told of last, and when they were looked at last. */
  #known: string | undefined;
  #seen: string | undefined;
  #looking: Promise<void> | undefined;

  /**
   * Begins to watch. What the files are at first is told, too: they may have changed since they were read.
   *
   * @param onChange - awaited before the files are looked at again; does not reject
   */
  constructor(files: readonly string[], clock: Clock, onChange: () => Promise<void>) {
    this.#files = files;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#timer = clock.setInterval(() => void this.look(), INTERVAL_MS);
    void this.look();
  }

  /** Looks now; a look that is under way is awaited instead. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Nothing is told any more. */
  stop(): void {
    if (this.#timer !== undefined) this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const now = (await Promise.all(this.#files.map(fingerprint))).join('\n');
    const isSettled = now === this.#seen;
    this.#seen = now;
    if (!isSettled || now === this.#known || this.#timer === undefined) return;
    this.#known = now;
    await this.#onChange();
  }
}

/** Changes with whatever the name leads to. */
async function fingerprint(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return 'missing';
  }
}
