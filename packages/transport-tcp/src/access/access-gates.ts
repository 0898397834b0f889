import type { AccessRules, Clock } from '@millpond/contracts';
import { AccessGate } from './access-gate.ts';

/** The gates of one transport: frontends that have the same rules, as one object, share one. */
export class AccessGates {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #gates = new WeakMap<AccessRules, AccessGate>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** One for each set of rules. @throws ERR_TCP_INVALID_RANGE */
  for(rules: readonly AccessRules[] = []): readonly AccessGate[] {
    return rules.map((rule) => {
      const gate = this.#gates.get(rule) ?? new AccessGate(rule, this.#clock);
      this.#gates.set(rule, gate);
      return gate;
    });
  }
}
