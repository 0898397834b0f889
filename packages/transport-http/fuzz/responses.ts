import { cutsOf, everywhere } from './cuts.ts';
import { divide } from './divide.ts';
import { sameFields } from './fields.ts';
import { responseText } from './generate/response-text.ts';
import { KNOWN_IN_RESPONSES } from './known-differences.ts';
import { readAsNodesClient, type ClientsView } from './node-client.ts';
import { wrongInFields, type Licence } from './passed-on.ts';
import { recordedResponses } from './recorded.ts';
import { ResponseChain, type Asker, type PassedOn, type Passing } from './response-chain.ts';
import { ACCEPTED, finding, REFUSED, type Finding, type FuzzCase, type FuzzTarget, type Verdict } from './target.ts';
import { goesOnAsTrailer } from './trailers.ts';

const METHODS = ['GET', 'GET', 'POST', 'HEAD'];
const CLIENT_GETS: ReadonlySet<string> = new Set([
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

/** A 426 says to what (RFC 9110 §15.5.22). */
const CLIENT_GETS_TO_UPGRADE: ReadonlySet<string> = new Set([...CLIENT_GETS, 'connection', 'upgrade']);

/** Every response that we accept, Node accepts and reads the same, as it came and as it is passed on. */
export function responses(): FuzzTarget {
  const chain = new ResponseChain();
  const recorded = recordedResponses();
  return {
    name: 'responses',
    generate: (dice) => responseText(dice, recorded),
    check: (fuzzCase) => check(chain, fuzzCase, askerOf(fuzzCase)),
  };
}

function askerOf({ salt }: FuzzCase): Asker {
  return { method: METHODS[(salt >>> 8) % METHODS.length] ?? 'GET', minorVersion: (salt >>> 12) % 4 === 0 ? 0 : 1 };
}

async function check(chain: ResponseChain, { text, salt }: FuzzCase, asker: Asker): Promise<Verdict> {
  const bytewise = chain.pass(text, asker, everywhere(text.length));
  const isCutDependent = compareCuts(chain, { text, salt }, asker, bytewise);
  if (isCutDependent !== undefined) return isCutDependent;
  if (typeof bytewise === 'string') return REFUSED;
  const message = text.slice(0, bytewise.consumed);
  const known = KNOWN_IN_RESPONSES.find((difference) => difference.applies(divide(message)));
  if (known !== undefined) return { kind: 'known', name: known.name };
  const came = await readAsNodesClient(message, asker.method, bytewise.head.framing === 'close');
  if (came.end !== message.length || came.status !== bytewise.head.status) {
    return finding('Node reads a response otherwise', { asker, message, ...bytewise }, came);
  }
  return (await comparePassedOn(came, bytewise, asker)) ?? ACCEPTED;
}

/** In larger pieces there may be bytes behind the response, too; they must not be passed on, and end the connection. */
function compareCuts(
  chain: ResponseChain,
  { text, salt }: FuzzCase,
  asker: Asker,
  bytewise: Passing,
): Finding | undefined {
  for (const cuts of [[], ...cutsOf(text.length, salt)]) {
    const cut = chain.pass(text, asker, cuts);
    if (!samePassing(bytewise, cut)) {
      return finding('a cut changes how a response is read', { asker, bytewise }, { cuts, cut });
    }
  }
  return undefined;
}

function samePassing(bytewise: Passing, cut: Passing): boolean {
  if (typeof bytewise === 'string' || typeof cut === 'string') return bytewise === cut;
  const hasMore = cut.consumed > bytewise.consumed;
  return (
    plain(bytewise) === plain(cut) &&
    cut.keepAlive === bytewise.keepAlive &&
    cut.isReusable === (bytewise.isReusable && !hasMore)
  );
}

/** What the client got, but for how chunks are said. */
function plain({ head, toClient }: PassedOn): string {
  if (head.framing !== 'chunked') return toClient;
  return JSON.stringify(head);
}

async function comparePassedOn(
  came: ClientsView,
  { head, toClient, keepAlive }: PassedOn,
  asker: Asker,
): Promise<Finding | undefined> {
  const isOld = asker.minorVersion === 0;
  const isClosed = head.framing === 'close' || (head.framing === 'chunked' && isOld);
  const got = await readAsNodesClient(toClient, asker.method, isClosed);
  const say = (what: string): Finding => finding(what, { asker, came, toClient }, got);
  if (got.end !== toClient.length) return say('what the client gets is not one response');
  if (got.status !== came.status || got.reason !== came.reason) return say('the client gets another status');
  if (got.body !== came.body) return say('the client gets another body');
  if (isClosed && keepAlive) return say('a connection is said to stay open that ends the body');
  const trailers = isOld ? [] : came.trailers.filter(goesOnAsTrailer);
  if (!sameFields(got.trailers, trailers)) return say('the client gets other trailers');
  const wrong = wrongInHead(came, got, keepAlive) ?? wrongInInformational(came, got, isOld);
  return wrong === undefined ? undefined : say(wrong);
}

function wrongInHead(came: ClientsView, got: ClientsView, keepAlive: boolean): string | undefined {
  const steering = got.fields.filter(([name]) => name === 'Connection').map(([, value]) => value);
  if (steering.includes('close') === keepAlive) return 'the client is told otherwise whether its connection stays open';
  const codings = got.fields.filter(([name]) => name === 'Transfer-Encoding');
  if (codings.some(([, value]) => value !== 'chunked') || codings.length > 1)
    return 'the client is told of another coding';
  const fields = got.fields.filter(([name]) => name !== 'Connection' && name !== 'Transfer-Encoding');
  return wrongInFields(came.fields, fields, licenceFor(came.status));
}

function wrongInInformational(came: ClientsView, got: ClientsView, isOld: boolean): string | undefined {
  if (isOld) return got.informational.length === 0 ? undefined : 'an HTTP/1.0 client gets a 1xx';
  if (got.informational.length !== came.informational.length) return 'the client gets another number of 1xx';
  for (const [index, { status, fields }] of came.informational.entries()) {
    const passed = got.informational[index];
    if (passed?.status !== status) return 'the client gets another 1xx';
    const wrong = wrongInFields(fields, passed.fields, licenceFor(status));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function licenceFor(status: number): Licence {
  return {
    own: status === 426 ? CLIENT_GETS_TO_UPGRADE : CLIENT_GETS,
    mayDrop: (name) => name === 'content-length' && (status === 204 || status < 200),
  };
}
