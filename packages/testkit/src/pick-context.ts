import type { Candidate, PickContext } from '@millpond/contracts';

/** What a request that is made up by a test is known by. */
export interface TestRequest {
  readonly clientAddress?: string;
  readonly clientId?: string;
  /** By their lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Candidates on which the request has been tried already. */
  readonly tried?: readonly Candidate[];
}

/** The pick context of a made-up request; by default one of which nothing is known. */
export function pickContext(request: TestRequest = {}): PickContext {
  const { clientAddress, clientId, headers = {}, tried = [] } = request;
  return {
    clientAddress,
    clientId,
    header: (name) => headers[name],
    tried: (candidate) => tried.includes(candidate),
  };
}
