import { ClientHelloFault, NO_CLIENT_HELLO, parseClientHello, type ClientHello } from './client-hello.ts';

/** Bytes that a ClientHello may take, with its records. Those of browsers have 2 KiB at the most. */
const MAX_LENGTH = 16_384;

const HANDSHAKE_RECORD = 22;
const MAJOR_VERSION = 3;
const CLIENT_HELLO = 1;

/** In front of a record, and of a handshake message. */
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;

/** Gathers the ClientHello at the beginning of a connection, over any number of reads and of TLS records. */
export class ClientHelloReader {
  #read: Buffer = Buffer.alloc(0);
  /** Content of the records that are whole. */
  #message: Buffer = Buffer.alloc(0);
  /** Where the record begins that is not whole yet. */
  #recordAt = 0;

  /** Everything that was read, to be passed on as it came. */
  get read(): Buffer {
    return this.#read;
  }

  /**
   * Takes the next bytes, and copies them. To be called until it returns something.
   *
   * @returns what the client says, {@link NO_CLIENT_HELLO} if it does not speak TLS; undefined while that is not known
   * @throws ClientHelloFault
   */
  push(chunk: Buffer): ClientHello | undefined {
    this.#read = Buffer.concat([this.#read, chunk]);
    if (this.#read[0] !== undefined && this.#read[0] !== HANDSHAKE_RECORD) return NO_CLIENT_HELLO;
    // Record by record: what comes behind the last one, such as early data, is the backend's business.
    do {
      const hello = this.#parse();
      if (hello !== undefined) return hello;
    } while (this.#takeRecord());
    if (this.#read.length >= MAX_LENGTH) throw tooLong();
    return undefined;
  }

  #parse(): ClientHello | undefined {
    if (this.#message.length < MESSAGE_HEADER) return undefined;
    if (this.#message[0] !== CLIENT_HELLO) throw new ClientHelloFault('it begins with another message');
    const end = MESSAGE_HEADER + this.#message.readUIntBE(1, 3);
    if (end > MAX_LENGTH) throw tooLong();
    return this.#message.length < end ? undefined : parseClientHello(this.#message.subarray(MESSAGE_HEADER, end));
  }

  #takeRecord(): boolean {
    const from = this.#recordAt + RECORD_HEADER;
    if (this.#read.length < from) return false;
    const isHandshake =
      this.#read[this.#recordAt] === HANDSHAKE_RECORD && this.#read[this.#recordAt + 1] === MAJOR_VERSION;
    const length = this.#read.readUInt16BE(from - 2);
    // Empty ones are forbidden (RFC 8446 §5.1), and would be a way to keep us busy.
    if (!isHandshake || length === 0) throw new ClientHelloFault('it is interrupted by another record');
    if (from + length > MAX_LENGTH) throw tooLong();
    if (this.#read.length < from + length) return false;
    this.#recordAt = from + length;
    this.#message = Buffer.concat([this.#message, this.#read.subarray(from, this.#recordAt)]);
    return true;
  }
}

function tooLong(): ClientHelloFault {
  return new ClientHelloFault(`it is longer than ${MAX_LENGTH} bytes`);
}
