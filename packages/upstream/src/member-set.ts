import { isDeepStrictEqual } from 'node:util';

import type { Balancer } from '@millpond/balancer';
import type { Backend, BackendRef, Connection } from '@millpond/contracts';
import type { Prober } from '@millpond/health';

import { checkWeight } from './check-backend.ts';
import { closed, duplicateBackend, unknownBackend } from './errors.ts';
import { Member, type MemberContext } from './member.ts';

/** What a {@link MemberSet} works with. */
export interface MemberSetOptions<C extends Connection> {
  readonly context: Omit<MemberContext<C>, 'onUsableChanged' | 'onConnectFailed'>;
  readonly balancer: Balancer<Member<C>>;
  readonly prober: Prober | undefined;
  readonly drainTimeoutMs: number;
}

/** Who is in the upstream, and who is leaving it. Tells the balancer whenever the ones that may be used are others. */
export class MemberSet<C extends Connection> {
  readonly #upstream: string;
  readonly #balancer: Balancer<Member<C>>;
  readonly #prober: Prober | undefined;
  readonly #drainTimeoutMs: number;
  readonly #context: MemberContext<C>;
  readonly #members = new Map<string, Member<C>>();
  /** With the promise that they are gone. */
  readonly #leaving = new Map<Member<C>, Promise<void>>();
  #isClosed = false;

  constructor({ context, balancer, prober, drainTimeoutMs }: MemberSetOptions<C>) {
    this.#upstream = context.upstream;
    this.#balancer = balancer;
    this.#prober = prober;
    this.#drainTimeoutMs = drainTimeoutMs;
    this.#context = {
      ...context,
      onUsableChanged: () => this.#refresh(),
      onConnectFailed: (ref: BackendRef) => prober?.suspect(ref),
    };
  }

  get all(): readonly Member<C>[] {
    return [...this.#members.values()];
  }

  /** @throws ERR_UPSTREAM_UNKNOWN_BACKEND */
  get(id: string): Member<C> {
    const member = this.#members.get(id);
    if (member === undefined) throw unknownBackend(this.#upstream, id);
    return member;
  }

  /** @throws ERR_UPSTREAM_DUPLICATE_BACKEND, ERR_UPSTREAM_CLOSED, what `createStrategy` throws */
  async add(backend: Backend): Promise<void> {
    await this.#prepare([backend]);
    if (this.#members.has(backend.id)) throw duplicateBackend(this.#upstream, backend.id);
    this.#admit(backend);
    this.#refresh();
  }

  /**
   * Begins nothing new on it, and resolves when it is gone.
   *
   * @throws ERR_UPSTREAM_UNKNOWN_BACKEND
   */
  async remove(id: string, timeoutMs: number): Promise<void> {
    const gone = this.#dismiss(this.get(id), timeoutMs);
    this.#refresh();
    return gone;
  }

  /** @throws ERR_UPSTREAM_UNKNOWN_BACKEND, ERR_UPSTREAM_INVALID_OPTION */
  setWeight(id: string, weight: number): void {
    checkWeight('weight', weight);
    this.get(id).weight = weight;
    this.#refresh();
  }

  /**
   * Makes the discovered members those of `backends`: adds the new, dismisses the missing, changes weights in place.
   * Whatever else has changed about a backend makes it another one. Resolves when the new ones are there; the old ones
   * take as long as they need to finish.
   *
   * @throws ERR_UPSTREAM_CLOSED, what `createStrategy` throws
   */
  async reconcile(backends: readonly Backend[]): Promise<void> {
    await this.#prepare(backends);
    const wanted = new Map(backends.map((backend) => [backend.id, backend]));
    for (const member of this.#members.values()) {
      if (member.isDiscovered && !wanted.has(member.id)) void this.#dismiss(member, this.#drainTimeoutMs);
    }
    for (const backend of wanted.values()) this.#reconcileOne(backend);
    this.#refresh();
  }

  /** Dismisses everybody, and resolves when all are gone. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    for (const member of this.#leaving.keys()) void member.pool.drain({ timeoutMs });
    for (const member of this.#members.values()) void this.#dismiss(member, timeoutMs);
    this.#refresh();
    await Promise.all(this.#leaving.values());
  }

  #reconcileOne(backend: Backend): void {
    const known = this.#members.get(backend.id);
    if (known !== undefined && isSameTarget(known.backend, backend)) {
      known.weight = backend.weight;
      known.isDiscovered = true;
      return;
    }
    if (known !== undefined) void this.#dismiss(known, this.#drainTimeoutMs);
    this.#admit(backend).isDiscovered = true;
  }

  /** Strategies are made before they are needed, so that all that follows happens at once. */
  async #prepare(backends: readonly Backend[]): Promise<void> {
    await this.#balancer.prepare(backends.map(({ priority }) => priority));
    if (this.#isClosed) throw closed(this.#upstream);
  }

  #admit(backend: Backend): Member<C> {
    const member = new Member(backend, this.#context);
    this.#members.set(backend.id, member);
    this.#prober?.add(member.ref, (up, error) => member.health.probeEnded(up, error));
    this.#context.observer.backendAdded?.(member.ref);
    return member;
  }

  /** Resolves when it is gone. Does not reject: what is not finished at the deadline is closed all the same. */
  async #dismiss(member: Member<C>, timeoutMs: number): Promise<void> {
    this.#members.delete(member.id);
    this.#prober?.remove(member.ref);
    const gone = member.retire(timeoutMs);
    this.#leaving.set(member, gone);
    await gone;
    this.#leaving.delete(member);
  }

  #refresh(): void {
    const members = [...this.#members.values()];
    this.#balancer.update(members.filter(({ health, weight }) => health.usable && weight > 0));
  }
}

/** Whether connections to the one would be connections to the other. */
function isSameTarget(a: Backend, b: Backend): boolean {
  return a.url === b.url && a.tls === b.tls && a.priority === b.priority && isDeepStrictEqual(a.address, b.address);
}
