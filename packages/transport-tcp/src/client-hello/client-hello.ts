/** What a client says of itself at the beginning of TLS, in the clear. */
export interface ClientHello {
  /** The host that it asks for (SNI, RFC 6066 §3), lower case, without a final dot; undefined where it asks for none. */
  readonly serverName: string | undefined;
  /** What it would speak, the best one first (ALPN, RFC 7301). */
  readonly protocols: readonly string[];
}

/** A client that speaks something else than TLS. */
export const NO_CLIENT_HELLO: ClientHello = { serverName: undefined, protocols: [] };

/** Why bytes are no ClientHello; never thrown to a caller of the package. */
export class ClientHelloFault extends Error {
  override readonly name = 'ClientHelloFault';
}

const SERVER_NAME = 0;
const ALPN = 16;
const HOST_NAME = 0;

/** The version and the random number in front. */
const FIXED_LENGTH = 34;

/** Host names as they are in DNS, in ASCII. */
const HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Reads the body of a ClientHello (RFC 8446 §4.1.2; alike since TLS 1.0). @throws ClientHelloFault */
export function parseClientHello(body: Buffer): ClientHello {
  const fields = new Fields(body);
  fields.skip(FIXED_LENGTH);
  for (const lengthBytes of [1, 2, 1]) fields.take(lengthBytes);
  if (fields.isAtEnd) return NO_CLIENT_HELLO;
  const extensions = new Fields(fields.take(2));
  fields.expectEnd();
  const seen = new Set<number>();
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = extensions.take(2);
    if (seen.has(type)) throw new ClientHelloFault('it has an extension twice');
    seen.add(type);
    if (type === SERVER_NAME) serverName = parseServerName(content);
    else if (type === ALPN) protocols = parseProtocols(content);
  }
  return { serverName, protocols };
}

function parseServerName(content: Buffer): string | undefined {
  const extension = new Fields(content);
  const names = new Fields(extension.take(2));
  extension.expectEnd();
  let serverName: string | undefined;
  while (!names.isAtEnd) {
    const type = names.number(1);
    const name = names.take(2).toString('latin1').toLowerCase().replace(/\.$/, '');
    if (type !== HOST_NAME) continue;
    if (serverName !== undefined) throw new ClientHelloFault('it asks for two names');
    if (!HOST.test(name)) throw new ClientHelloFault('the name that it asks for is none');
    serverName = name;
  }
  return serverName;
}

function parseProtocols(content: Buffer): string[] {
  const extension = new Fields(content);
  const list = new Fields(extension.take(2));
  extension.expectEnd();
  const protocols: string[] = [];
  while (!list.isAtEnd) protocols.push(list.take(1).toString('latin1'));
  return protocols;
}

/** Reads one field after the other. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(bytes: number): number {
    this.skip(bytes);
    return this.#bytes.readUIntBE(this.#at - bytes, bytes);
  }

  /** A vector: its length in that many bytes, then its content. */
  take(lengthBytes: number): Buffer {
    const length = this.number(lengthBytes);
    this.skip(length);
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new ClientHelloFault('it ends within a field');
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw new ClientHelloFault('it goes on behind its end');
  }
}
