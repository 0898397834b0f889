import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bitString, context, explicit, integer, octets, oid, sequence, set, text, time, TRUE } from './der.ts';

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What {@link TestAuthority.issue} certifies. */
export interface TestCertificateOptions {
  /** Host names, wildcards among them, and IPv4 addresses. */
  readonly names: readonly string[];
  /** @defaultValue yesterday */
  readonly validFrom?: Date;
  /** @defaultValue in a month */
  readonly validTo?: Date;
  /** Encrypts the key. @defaultValue it is not encrypted */
  readonly passphrase?: string;
}

/**
 * Signs certificates for tests (RFC 5280), in JavaScript alone: each is made when it is needed, so none is ever out of
 * date, and no program is asked for.
 */
export class TestAuthority {
  /** Its own certificate, PEM: whoever trusts it trusts what it issues. */
  readonly ca: string;
  readonly #name: string;
  readonly #key: KeyObject;

  constructor(name = 'Test authority') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = name;
    this.#key = privateKey;
    const isAuthority = sequence(oid('2.5.29.19'), TRUE, octets(sequence(TRUE)));
    this.ca = this.#sign(name, publicKey, isAuthority, {});
  }

  issue(options: TestCertificateOptions): TestCertificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { names, passphrase } = options;
    const subjectAltName = sequence(oid('2.5.29.17'), octets(sequence(...names.map(generalName))));
    const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
    return {
      cert: this.#sign(names[0] ?? '', publicKey, subjectAltName, options),
      key: String(privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher })),
    };
  }

  #sign(
    subject: string,
    publicKey: KeyObject,
    extension: Buffer,
    { validFrom = new Date(Date.now() - DAY_MS), validTo = new Date(Date.now() + 30 * DAY_MS) }: Validity,
  ): string {
    const content = sequence(
      explicit(0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ECDSA_SHA256,
      commonName(this.#name),
      sequence(time(validFrom), time(validTo)),
      commonName(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      explicit(3, sequence(extension)),
    );
    const certificate = sequence(content, ECDSA_SHA256, bitString(sign('sha256', content, this.#key)));
    const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  }
}

type Validity = Pick<TestCertificateOptions, 'validFrom' | 'validTo'>;

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(name))));
}

function generalName(name: string): Buffer {
  return isIPv4(name) ? context(7, Buffer.from(name.split('.').map(Number))) : context(2, Buffer.from(name, 'latin1'));
}
