import type { Candidate, PickContext, PickRequest } from '@millpond/contracts';

const NOBODY: PickRequest = { clientAddress: undefined, clientId: undefined, header: () => undefined };
const NONE: readonly Candidate[] = [];

/** The one pick context of a balancer, lent to its strategies for one pick after another. */
export class ReusablePickContext implements PickContext {
  #request = NOBODY;
  #tried = NONE;
  readonly #refused: Candidate[] = [];

  get clientAddress(): string | undefined {
    return this.#request.clientAddress;
  }

  get clientId(): string | undefined {
    return this.#request.clientId;
  }

  header(name: string): string | undefined {
    return this.#request.header(name);
  }

  /** True for one whose gate has refused the request just now, too: it would refuse it again. */
  tried(candidate: Candidate): boolean {
    return this.#tried.includes(candidate) || this.#refused.includes(candidate);
  }

  /** Starts the pick for one request. */
  begin(request: PickRequest, tried: readonly Candidate[]): void {
    this.#request = request;
    this.#tried = tried;
  }

  /** The gate of `candidate` has refused the request. */
  refuse(candidate: Candidate): void {
    this.#refused.push(candidate);
  }

  /** Lets go of the request. */
  end(): void {
    this.#request = NOBODY;
    this.#tried = NONE;
    if (this.#refused.length > 0) this.#refused.length = 0;
  }
}
