/** The oldest version of TLS that is spoken. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** A certificate and its key. */
export interface TlsCertificate {
  /** PEM: the certificate, then those that lead from it to one that the other side knows. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Of an encrypted key. */
  readonly passphrase?: string;
}

/** How clients of a frontend are spoken to over TLS. */
export interface FrontendTls {
  /**
   * At least one. Which of them a client gets is decided by the names in each and the one that the client asks for (SNI);
   * the first is for all who ask for none of these.
   */
  readonly certificates: readonly TlsCertificate[];
  /** Asks clients for certificates. @defaultValue they are not asked */
  readonly clientCertificates?: {
    /** PEM: who may have signed them. */
    readonly ca: string;
    /** Whether a client without a valid one is turned away. */
    readonly required: boolean;
  };
  /** @defaultValue 'TLSv1.2' */
  readonly minVersion?: TlsVersion;
}

/**
 * How backends are spoken to over TLS; for those alone that have {@link Backend.tls}. What is prepared for it is kept by
 * the identity of this object, so all connections of an upstream get the same one.
 */
export interface BackendTls {
  /** PEM: who may have signed the certificates of backends. @defaultValue those that Node trusts */
  readonly ca?: string;
  /** The name that is asked for (SNI) and that the certificate must have. @defaultValue the backend's host */
  readonly servername?: string;
  /** What the backend gets when it asks for a certificate. @defaultValue none */
  readonly clientCertificate?: TlsCertificate;
  /** Whether the certificate must be valid and have the right name. @defaultValue true */
  readonly verify?: boolean;
  /** @defaultValue 'TLSv1.2' */
  readonly minVersion?: TlsVersion;
}
