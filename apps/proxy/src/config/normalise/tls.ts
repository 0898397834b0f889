import { dirname, resolve } from 'node:path';
import type { Backend } from '@millpond/contracts';
import type { BackendTlsConfig, CertificateConfig, ConfigFile, FrontendTlsConfig } from '../proxy-config.ts';
import type { BackendTlsInput, FrontendTlsInput } from '../schema/tls-schema.ts';
import type { Draft } from './draft.ts';

/** Reads `tls` of a frontend, found at `path`. */
export function toFrontendTls(input: FrontendTlsInput, path: string, draft: Draft): FrontendTlsConfig {
  const { certificates, clientCertificates, minVersion } = input;
  return {
    certificates: certificates.map((certificate, index) =>
      toCertificate(certificate, `${path}.certificates[${index}]`, draft),
    ),
    ...(clientCertificates && {
      clientCertificates: {
        ca: toFile(clientCertificates.ca, `${path}.clientCertificates.ca`, draft),
        required: clientCertificates.required,
      },
    }),
    minVersion,
  };
}

/** Reads `tls` of an upstream, found at `path`; refuses it where it would have no effect. */
export function toBackendTls(
  input: BackendTlsInput,
  path: string,
  backends: readonly Backend[],
  draft: Draft,
): BackendTlsConfig {
  const { ca, servername, cert, key, passphrase, verify, minVersion } = input;
  if (!backends.some(({ tls }) => tls)) {
    draft.refuse(path, 'has no effect: no URL of a backend here begins with "https://" or "tls://"', 'key');
  }
  if ((cert === undefined) !== (key === undefined)) {
    draft.refuse(path, 'expected both `cert` and `key`, or neither of them', 'key');
  }
  return {
    ...(ca !== undefined && { ca: toFile(ca, `${path}.ca`, draft) }),
    ...(servername !== undefined && { servername }),
    ...(cert !== undefined &&
      key !== undefined && { clientCertificate: toCertificate({ cert, key, passphrase }, path, draft) }),
    verify,
    minVersion,
  };
}

function toCertificate(
  { cert, key, passphrase }: FrontendTlsInput['certificates'][number],
  path: string,
  draft: Draft,
): CertificateConfig {
  return {
    cert: toFile(cert, `${path}.cert`, draft),
    key: toFile(key, `${path}.key`, draft),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** Names of files are relative to the config; where that is no file itself, to the current folder. */
function toFile(name: string, path: string, { source }: Draft): ConfigFile {
  return { file: resolve(source.file === undefined ? '.' : dirname(source.file), name), path };
}
