import type { Logger } from '@millpond/contracts';
import { checkCertificate } from '@millpond/transport-tcp';
import type { ProxyConfig } from '../config/index.ts';
import type { TlsMaterial } from './read-tls.ts';

/** Logs what works and should not stay as it is: backends that are not verified, and certificates that are out of date. */
export function warnOfTls(config: ProxyConfig, { frontends }: TlsMaterial, logger: Logger): void {
  for (const { name, tls } of Object.values(config.upstreams)) {
    if (tls?.verify === false) {
      logger.warn({ upstream: name }, 'Certificates of backends are not verified: anyone in between can pose as one');
    }
  }
  const now = Date.now();
  for (const [{ app, tls }, { certificates }] of frontends) {
    for (const [index, certificate] of certificates.entries()) {
      const { validFrom, validTo } = checkCertificate(certificate);
      if (now >= Date.parse(validFrom) && now <= Date.parse(validTo)) continue;
      const file = tls?.certificates[index]?.cert.file;
      logger.warn({ app, file, validFrom, validTo }, 'Certificate is not valid now: clients will refuse it');
    }
  }
}
