import type { ProxyConfig } from './config/index.ts';
import { readTls } from './tls/read-tls.ts';

/**
 * Checks the certificates, keys and authorities that a config names: that they are there, can be read, and belong
 * together. Opens nothing.
 *
 * @throws ERR_TLS_INVALID_CERTIFICATE - with every fault that was found
 */
export async function checkCertificates(config: ProxyConfig): Promise<void> {
  await readTls(config);
}
