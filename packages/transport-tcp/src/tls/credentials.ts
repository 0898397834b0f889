import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { BackendTls, FrontendTls, TlsCertificate } from '@millpond/contracts';
import { invalidCertificate } from './tls-errors.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Checks that a certificate and its key can be read and belong together.
 *
 * @returns the certificate; of a chain the first
 * @throws ERR_TLS_INVALID_CERTIFICATE
 */
export function checkCertificate({ cert, key, passphrase }: TlsCertificate): X509Certificate {
  const certificate = readCertificates('the certificate', cert)[0];
  if (certificate === undefined) throw invalidCertificate('There is no certificate in PEM form.');
  if (!certificate.checkPrivateKey(readKey(key, passphrase))) {
    throw invalidCertificate(
      `The key does not belong to the certificate of ${oneLine(certificate.subject)}. Name the two that were made together.`,
    );
  }
  return certificate;
}

/**
 * Checks that there is a certificate in `ca`, and that all can be read.
 *
 * @throws ERR_TLS_INVALID_CERTIFICATE
 */
export function checkAuthorities(ca: string): void {
  if (readCertificates('the authority', ca).length === 0) {
    throw invalidCertificate('There is no certificate in PEM form among the authorities (`ca`).');
  }
}

/**
 * What a frontend shows to clients that get `certificate`.
 *
 * @throws ERR_TLS_INVALID_CERTIFICATE
 */
export function frontendCredentials(certificate: TlsCertificate, tls: FrontendTls): SecureContextOptions {
  checkCertificate(certificate);
  if (tls.clientCertificates !== undefined) checkAuthorities(tls.clientCertificates.ca);
  return {
    ...certificate,
    minVersion: tls.minVersion ?? 'TLSv1.2',
    ...(tls.clientCertificates && { ca: tls.clientCertificates.ca }),
  };
}

/**
 * What backends are shown, and what they are held to.
 *
 * @throws ERR_TLS_INVALID_CERTIFICATE
 */
export function backendCredentials({ ca, clientCertificate, minVersion = 'TLSv1.2' }: BackendTls): SecureContext {
  if (clientCertificate !== undefined) checkCertificate(clientCertificate);
  if (ca !== undefined) checkAuthorities(ca);
  return secureContext({ ...clientCertificate, ...(ca !== undefined && { ca }), minVersion });
}

/** @throws ERR_TLS_INVALID_CERTIFICATE */
export function secureContext(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw invalidCertificate(`OpenSSL refuses the certificate or its key: ${messageOf(error)}`, error);
  }
}

function readCertificates(what: string, pem: string): X509Certificate[] {
  try {
    return Array.from(pem.matchAll(PEM_CERTIFICATE), ([block]) => new X509Certificate(block));
  } catch (error) {
    throw invalidCertificate(`Cannot read ${what}: ${messageOf(error)}`, error);
  }
}

function readKey(key: string, passphrase: string | undefined) {
  try {
    return createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch (error) {
    const advice = key.includes('ENCRYPTED') ? ' It is encrypted: check the passphrase.' : ' Is it a key in PEM form?';
    throw invalidCertificate(`Cannot read the key: ${messageOf(error)}.${advice}`, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(subject: string | undefined): string {
  return subject === undefined || subject === '' ? 'no name' : subject.replaceAll('\n', ', ');
}
