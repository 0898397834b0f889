import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { FrontendTls } from '@millpond/contracts';
import { checkCertificate, frontendCredentials, secureContext } from './credentials.ts';

const DNS_NAME = /(?:^|, )DNS:([\w.*-]+)/g;

/** The certificates of a frontend, and which of them a client gets. */
export class ServerCertificates {
  /** For clients that ask for no name that is known. */
  readonly byDefault: SecureContextOptions;
  /** Whether there is more than one. */
  readonly hasChoice: boolean;
  /** In lower case; a wildcard as `*.` and its domain. */
  readonly #byName = new Map<string, SecureContext>();

  /** @throws ERR_TLS_INVALID_CERTIFICATE */
  constructor(tls: FrontendTls) {
    const [byDefault] = tls.certificates.map((certificate) => {
      const credentials = frontendCredentials(certificate, tls);
      const context = secureContext(credentials);
      for (const name of certificateNames(checkCertificate(certificate).subjectAltName)) {
        if (!this.#byName.has(name)) this.#byName.set(name, context);
      }
      return credentials;
    });
    if (byDefault === undefined) throw new TypeError('a frontend that speaks TLS needs a certificate');
    this.byDefault = byDefault;
    this.hasChoice = tls.certificates.length > 1;
  }

  /** The one that has `name`, itself before a wildcard of its domain (RFC 6125 §6.4.3); undefined is the default. */
  select(name: string): SecureContext | undefined {
    const wanted = name.toLowerCase();
    const dot = wanted.indexOf('.');
    return this.#byName.get(wanted) ?? (dot > 0 ? this.#byName.get(`*${wanted.slice(dot)}`) : undefined);
  }
}

/** The host names in a subjectAltName as Node writes it. Names that hold anything unusual are in quotes, and left out. */
function certificateNames(subjectAltName: string | undefined): string[] {
  return Array.from((subjectAltName ?? '').matchAll(DNS_NAME), ([, name = '']) => name.toLowerCase());
}
