import { TrustedProxies } from '@millpond/transport-tcp';
import { readRequest, type Reading, type Whole } from '../test/read-message.ts';
import { BackendHeads } from '../src/forward-head.ts';
import { Origin } from '../src/origin.ts';
import type { RequestHead } from '../src/request-head.ts';
import { dechunk } from './chunk-model.ts';
import { cutsOf } from './cuts.ts';
import { divide } from './divide.ts';
import { readFieldLines, sameFields } from './fields.ts';
import { requestText } from './generate/request-text.ts';
import { KNOWN_IN_REQUESTS } from './known-differences.ts';
import { NodeServer, type ServersView } from './node-server.ts';
import { wrongInFields, type Licence } from './passed-on.ts';
import { recordedRequests } from './recorded.ts';
import { ACCEPTED, finding, REFUSED, type Finding, type FuzzCase, type FuzzTarget } from './target.ts';

/** Said by the proxy itself, and dropped where clients say them. */
const OWN: Licence['own'] = {
  has: (name) => ['host', 'forwarded', 'via'].includes(name) || name.startsWith('x-forwarded-'),
};

/** Every request that we accept, Node accepts and reads the same, as it came and as it is passed on. */
export function requests(): FuzzTarget {
  const server = new NodeServer();
  const recorded = recordedRequests();
  return {
    name: 'requests',
    generate: (dice) => requestText(dice, recorded),
    async check(fuzzCase) {
      const reading = readRequest(fuzzCase.text, { keepChunks: false });
      const isCutDependent = compareCuts(fuzzCase, reading);
      if (isCutDependent !== undefined) return isCutDependent;
      if (typeof reading !== 'object') return REFUSED;
      const message = fuzzCase.text.slice(0, fuzzCase.text.length - reading.rest.length);
      const accepted = { head: reading.head, ...divide(message) };
      const known = KNOWN_IN_REQUESTS.filter((difference) => difference.applies(accepted));
      const wrong =
        (known.length === 0 ? compareAsItCame(message, reading, await server.read(message)) : undefined) ??
        (known.some(({ stays }) => stays) ? undefined : await comparePassedOn(message, reading, server));
      return wrong ?? (known[0] === undefined ? ACCEPTED : { kind: 'known', name: known[0].name });
    },
  };
}

function compareCuts({ text, salt }: FuzzCase, whole: Reading<RequestHead>): Finding | undefined {
  for (const cameBefore of ['on the connection', 'on another one'] as const) {
    const again = readRequest(text, { keepChunks: false, cameBefore });
    if (!sameReading(whole, again)) return finding(`a request is read otherwise that came ${cameBefore}`, whole, again);
  }
  for (const cuts of cutsOf(text.length, salt)) {
    const cut = readRequest(text, { keepChunks: false, cuts });
    if (!sameReading(whole, cut)) return finding('a cut changes how a request is read', whole, { cuts, cut });
  }
  return undefined;
}

/** Which fault a refusal names may depend on how much has come; that it is refused may not. */
function sameReading(some: Reading<RequestHead>, other: Reading<RequestHead>): boolean {
  if (typeof some !== 'object' || typeof other !== 'object') return typeof some === typeof other;
  return some.body === other.body && some.rest === other.rest && sameValues(flat(some.head), flat(other.head));
}

/** All that a head has is plain values, but for its fields and what they say of who asked. */
function flat({ fields: { said, ...fields }, claims, ...head }: RequestHead): Readonly<Record<string, unknown>> {
  return { ...said, ...fields, ...head, ...claims, claims: undefined };
}

function sameValues(some: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  for (const key in some) if (some[key] !== other[key]) return false;
  return true;
}

function compareAsItCame(message: string, { head, body }: Whole<RequestHead>, node: ServersView): Finding | undefined {
  const ours = {
    count: 1,
    method: head.method,
    target: head.target,
    fields: readFieldLines(divide(message).section),
    body,
    end: message.length,
  };
  return sameMessage(ours, node) ? undefined : finding('Node reads a request otherwise', ours, node);
}

async function comparePassedOn(
  message: string,
  { head, body }: Whole<RequestHead>,
  server: NodeServer,
): Promise<Finding | undefined> {
  const kept = readRequest(message);
  if (typeof kept !== 'object') return finding('a request is refused where its chunks are kept', head, kept);
  // A trusted proxy, so that what it claims goes through all that there is to go through.
  const trusted = new TrustedProxies(['192.0.2.1', '10.0.0.0/8']);
  const origin = new Origin({ scheme: 'http', forwarded: 'both', trusted }, '192.0.2.1');
  origin.begin(head);
  const heads = new BackendHeads(origin);
  const [said = '', ...again] = Array.from({ length: 3 }, () => heads.say(head, { host: 'c', port: 80 }));
  if (again.some((text) => text !== said)) return finding('what is said again is passed on otherwise', said, again);
  const passedOn = said + kept.body;
  const node = await server.read(passedOn);
  const fields = readFieldLines(divide(said).section);
  const ours = { count: 1, method: head.method, target: head.originTarget, fields, body, end: passedOn.length };
  if (!sameMessage(ours, node)) return finding('Node reads what is passed on otherwise', { passedOn, ...ours }, node);
  const trailers = readFieldLines(head.framing === 'chunked' ? (dechunk(kept.body)?.trailers ?? '') : '');
  if (!sameFields(trailers, node.trailers)) return finding('Node reads other trailers', trailers, node);
  const wrong = wrongInFields(readFieldLines(divide(message).section), fields.filter(isNotOurs), licenceFor(head));
  return wrong === undefined ? undefined : finding(wrong, message, passedOn);
}

function sameMessage(
  ours: Pick<ServersView, 'count' | 'method' | 'target' | 'fields' | 'body' | 'end'>,
  node: ServersView,
): boolean {
  return (
    node.count === ours.count &&
    node.method === ours.method &&
    node.target === ours.target &&
    node.body === ours.body &&
    node.end === ours.end &&
    sameFields(node.fields, ours.fields)
  );
}

/** All but the coding that we say ourselves. */
function isNotOurs([name, value]: readonly [string, string]): boolean {
  return name !== 'Transfer-Encoding' || value !== 'chunked';
}

function licenceFor(head: RequestHead): Licence {
  return {
    own: OWN,
    mayDrop: (name) => name === 'expect' && head.minorVersion === 0,
  };
}
