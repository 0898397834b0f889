import { readFile } from 'node:fs/promises';
import { MillpondError, type BackendTls, type FrontendTls, type TlsCertificate } from '@millpond/contracts';
import { checkAuthorities, checkCertificate } from '@millpond/transport-tcp';
import {
  ConfigError,
  type BackendTlsConfig,
  type CertificateConfig,
  type ConfigFile,
  type ConfigIssue,
  type ConfigSource,
  type FrontendConfig,
  type FrontendTlsConfig,
  type ProxyConfig,
} from '../config/index.ts';

/** Everything of a config that has to do with TLS, read from its files. */
export interface TlsMaterial {
  readonly frontends: ReadonlyMap<FrontendConfig, FrontendTls>;
  /** By the name of the upstream. */
  readonly upstreams: ReadonlyMap<string, BackendTls>;
}

/**
 * Reads every certificate, key and authority that a config names, and checks them.
 *
 * @throws ERR_TLS_INVALID_CERTIFICATE - a ConfigError with every fault that was found
 */
export async function readTls(config: ProxyConfig): Promise<TlsMaterial> {
  const reader = new TlsReader(config.source);
  const frontends = new Map<FrontendConfig, FrontendTls>();
  for (const frontend of config.apps.flatMap((app) => app.frontends)) {
    if (frontend.tls !== undefined) frontends.set(frontend, await reader.frontend(frontend.tls));
  }
  const upstreams = new Map<string, BackendTls>();
  for (const { name, tls } of Object.values(config.upstreams)) {
    if (tls !== undefined) upstreams.set(name, await reader.backend(tls));
  }
  reader.throwFaults();
  return { frontends, upstreams };
}

/** Reads the files of one frontend anew. @throws ERR_TLS_INVALID_CERTIFICATE */
export async function readFrontendTls(config: FrontendTlsConfig, source: ConfigSource): Promise<FrontendTls> {
  const reader = new TlsReader(source);
  const tls = await reader.frontend(config);
  reader.throwFaults();
  return tls;
}

/** Reads and checks one file after the other, and gathers what is wrong with them. */
class TlsReader {
  readonly #source: ConfigSource;
  readonly #issues: ConfigIssue[] = [];

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  async frontend({ certificates, clientCertificates, minVersion }: FrontendTlsConfig): Promise<FrontendTls> {
    const read: TlsCertificate[] = [];
    for (const certificate of certificates) read.push(await this.#certificate(certificate));
    return {
      certificates: read,
      ...(clientCertificates && {
        clientCertificates: {
          ca: await this.#authorities(clientCertificates.ca),
          required: clientCertificates.required,
        },
      }),
      minVersion,
    };
  }

  async backend({ ca, clientCertificate, ...others }: BackendTlsConfig): Promise<BackendTls> {
    return {
      ...others,
      ...(ca && { ca: await this.#authorities(ca) }),
      ...(clientCertificate && { clientCertificate: await this.#certificate(clientCertificate) }),
    };
  }

  /** @throws ERR_TLS_INVALID_CERTIFICATE - if anything was wrong */
  throwFaults(): void {
    if (this.#issues.length > 0) throw new ConfigError('ERR_TLS_INVALID_CERTIFICATE', this.#issues);
  }

  async #certificate(config: CertificateConfig): Promise<TlsCertificate> {
    const { passphrase } = config;
    const cert = await this.#read(config.cert);
    const key = await this.#read(config.key);
    const certificate = { cert: cert ?? '', key: key ?? '', ...(passphrase !== undefined && { passphrase }) };
    if (cert !== undefined && key !== undefined) this.#check(config.cert, () => checkCertificate(certificate));
    return certificate;
  }

  async #authorities(config: ConfigFile): Promise<string> {
    const ca = await this.#read(config);
    if (ca !== undefined) this.#check(config, () => checkAuthorities(ca));
    return ca ?? '';
  }

  async #read({ file, path }: ConfigFile): Promise<string | undefined> {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      this.#issues.push(this.#source.issue(path, `cannot read ${file}: ${messageOf(error)}`));
      return undefined;
    }
  }

  #check({ file, path }: ConfigFile, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof MillpondError)) throw error;
      this.#issues.push(this.#source.issue(path, `${file}: ${error.message}`));
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
