import type { Address } from '@millpond/contracts';
import { formatAddress, inOnePiece } from '@millpond/transport-tcp';
import { findField, removeField } from './field-block.ts';
import type { Origin } from './origin.ts';
import type { RequestFields } from './request-fields.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';

/** What this proxy calls itself in Via (RFC 9110 §7.6.3). */
const VIA = 'Via: 1.1 millpond\r\n';
const VIA_OLD = 'Via: 1.0 millpond\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** How a response is framed and ended towards the client. */
export interface ClientFraming {
  /** The body goes out in chunks. */
  readonly chunked: boolean;
  /** Another request may follow. */
  readonly keepAlive: boolean;
  /** Of the client's request. */
  readonly minorVersion: 0 | 1;
}

/** The heads of one client's requests as backends get them. What it says again and again is not put together each time. */
export class BackendHeads {
  readonly #origin: Pick<Origin, 'fields'>;
  #latest: RequestFields | undefined;
  /** What goes out for that behind the first line, from the second time on. */
  #relayed: string | undefined;

  /** @param origin - who asks */
  constructor(origin: Pick<Origin, 'fields'>) {
    this.#origin = origin;
  }

  /**
   * Origin form, HTTP/1.1, end-to-end fields, and who asked.
   *
   * @param address - of the backend: its host where the client named none
   */
  say(head: RequestHead, address: Address): string {
    return `${head.method} ${head.originTarget} HTTP/1.1\r\n${this.#section(head, address)}`;
  }

  #section(head: RequestHead, address: Address): string {
    const { fields, minorVersion, block } = head;
    // Else what goes out depends on more than the fields.
    const isUsual = minorVersion === 1 && block === fields.said.block;
    if (isUsual && fields === this.#latest) return (this.#relayed ??= inOnePiece(this.#newSection(head, address)));
    if (isUsual) {
      this.#latest = fields;
      this.#relayed = undefined;
    }
    return this.#newSection(head, address);
  }

  #newSection(head: RequestHead, address: Address): string {
    const host = head.authority === '' ? ownHost(head, address) : '';
    return (
      `${head.block}${head.framing === 'chunked' ? CHUNKED : ''}${host}` +
      `${this.#origin.fields(head)}${head.minorVersion === 1 ? VIA : VIA_OLD}${upgradeFields(head)}\r\n`
    );
  }
}

/** The head as the client gets it. One that is said again and again is not put together each time. */
export function clientResponseHead(head: ResponseHead, framing: ClientFraming): string {
  const { known } = head;
  const { chunked, keepAlive, minorVersion } = framing;
  const isUsual = !chunked && (!keepAlive || minorVersion === 1);
  if (known === undefined || !isUsual || head.block !== known.fields.block) return responseHead(head, framing);
  if (keepAlive) return (known.relayed ??= inOnePiece(responseHead(head, framing)));
  return (known.relayedLast ??= inOnePiece(responseHead(head, framing)));
}

function responseHead(head: ResponseHead, framing: ClientFraming): string {
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${withoutIdleLength(head)}${framing.chunked ? CHUNKED : ''}${head.minorVersion === 1 ? VIA : VIA_OLD}${upgradeFields(head)}${connectionField(framing)}\r\n`;
}

/** A 1xx head as the client gets it. */
export function clientInformationalHead(head: ResponseHead): string {
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${withoutIdleLength(head)}\r\n`;
}

/** For HTTP/1.0 clients that named no host; a filter may have done so instead. */
function ownHost(head: RequestHead, address: Address): string {
  if (findField(head.block, 'host') !== undefined) return '';
  return `Host: ${'path' in address ? 'localhost' : formatAddress(address)}\r\n`;
}

/** No Content-Length where no body can ever be (RFC 9110 §8.6). */
function withoutIdleLength({ status, contentLength, block }: ResponseHead): string {
  return contentLength !== -1 && (status === 204 || status < 200) ? removeField(block, 'content-length') : block;
}

function upgradeFields({ upgrade }: RequestHead | ResponseHead): string {
  return upgrade === '' ? '' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
}

function connectionField({ keepAlive, minorVersion }: ClientFraming): string {
  if (!keepAlive) return 'Connection: close\r\n';
  return minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
}
