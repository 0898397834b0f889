import { isDeepStrictEqual } from 'node:util';
import type { Clock, FrontendTls, Listener, Logger } from '@millpond/contracts';
import { formatAddress, type ConfigSource, type FrontendTlsConfig } from '../config/index.ts';
import { FileWatch } from './file-watch.ts';
import { readFrontendTls } from './read-tls.ts';

/** What {@link reloadCertificates} works with. */
export interface CertificateReloadContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: ConfigSource;
}

/**
 * Gives a frontend its certificates anew whenever their files change, for clients that connect from then on. Files that
 * cannot be used are logged, and the old certificates stay.
 *
 * @param inUse - what it has now
 * @returns what ends it
 */
export function reloadCertificates(
  listener: Listener,
  config: FrontendTlsConfig,
  inUse: FrontendTls,
  { clock, logger, source }: CertificateReloadContext,
): () => void {
  const listen = formatAddress(listener.address);
  const files = filesOf(config);
  let current = inUse;
  const reload = async (): Promise<void> => {
    try {
      const read = await readFrontendTls(config, source);
      if (isDeepStrictEqual(read, current)) return;
      listener.setTls?.(read);
      current = read;
      logger.info({ listen, files }, 'Certificates were read anew');
    } catch (error) {
      logger.error({ listen, files, err: error }, 'Certificates cannot be read anew; the old ones stay in use');
    }
  };
  const watch = new FileWatch(files, clock, reload);
  return () => watch.stop();
}

function filesOf({ certificates, clientCertificates }: FrontendTlsConfig): string[] {
  const named = certificates.flatMap(({ cert, key }) => [cert.file, key.file]);
  return [...new Set(clientCertificates === undefined ? named : [...named, clientCertificates.ca.file])];
}
