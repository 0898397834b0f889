import { MillpondError } from '@millpond/contracts';
import type { Clock } from '@millpond/contracts';
import { messageOf } from './message-of.ts';
import { withTimeLimit } from './time-limit.ts';

interface CreatedPart {
  /** As people know it: `strategy "ring-hash"`. */
  readonly title: string;
  readonly part: object;
  end(): void | Promise<void>;
}

/** Remembers what was created, in order, so that it can be ended in the reverse order. */
export class CreatedParts {
  #parts: CreatedPart[] = [];

  add(created: CreatedPart): void {
    this.#parts.push(created);
  }

  forget(part: object): void {
    this.#parts = this.#parts.filter((created) => created.part !== part);
  }

  /**
   * Ends every part, the last one first, each under the time limit; one that fails does not keep the others.
   *
   * @throws ERR_REGISTRY_DISPOSE_FAILED - `cause` is an AggregateError of what failed
   */
  async endAll(clock: Clock, limitMs: number): Promise<void> {
    const failures: Error[] = [];
    for (let created = this.#parts.pop(); created !== undefined; created = this.#parts.pop()) {
      const { title } = created;
      const expired = (): Error => new Error(`not done within ${limitMs} ms`);
      try {
        await withTimeLimit(end(created), { clock, limitMs, expired });
      } catch (cause) {
        failures.push(new Error(`${title}: ${messageOf(cause)}`, { cause }));
      }
    }
    if (failures.length === 0) return;
    const cause = new AggregateError(failures);
    const problems = failures.map((failure) => failure.message).join('; ');
    throw new MillpondError('ERR_REGISTRY_DISPOSE_FAILED', `plugins failed to shut down: ${problems}`, { cause });
  }
}

async function end(created: CreatedPart): Promise<void> {
  await created.end();
}
