import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { Backend, BackendTls } from '@millpond/contracts';

/**
 * How a probe speaks TLS: as the traffic that it stands for does.
 *
 * @param protocols - those that it speaks (RFC 7301)
 */
export function probeTls({ address }: Backend, tls: BackendTls = {}, protocols?: readonly string[]): ConnectionOptions {
  const { ca, servername, clientCertificate, verify = true, minVersion = 'TLSv1.2' } = tls;
  const name = servername ?? ('path' in address ? 'localhost' : address.host);
  return {
    ...clientCertificate,
    ...(ca !== undefined && { ca }),
    ...(protocols && { ALPNProtocols: protocols }),
    minVersion,
    rejectUnauthorized: verify,
    // An IP address cannot be asked for (RFC 6066 §3), nor a name with its final dot.
    servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
    checkServerIdentity: (_asked, certificate) => checkServerIdentity(name, certificate),
  };
}
