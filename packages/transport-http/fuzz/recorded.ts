import { ACCEPTED_REQUESTS } from '../test/corpus/accepted-requests.ts';
import { ACCEPTED_RESPONSES } from '../test/corpus/accepted-responses.ts';
import { REFUSED_REQUESTS } from '../test/corpus/refused-requests.ts';
import { REFUSED_RESPONSES } from '../test/corpus/refused-responses.ts';
import { UNFINISHED_REQUESTS } from '../test/corpus/unfinished-requests.ts';

/** The requests of the corpus, to begin from. */
export function recordedRequests(): readonly string[] {
  return [
    ...[...ACCEPTED_REQUESTS, ...REFUSED_REQUESTS].map(([, , message]) => message),
    ...UNFINISHED_REQUESTS.map(([, message]) => message),
  ];
}

/** The responses of the corpus, to begin from. */
export function recordedResponses(): readonly string[] {
  return [...ACCEPTED_RESPONSES, ...REFUSED_RESPONSES].map(([, , message]) => message);
}
