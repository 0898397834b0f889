import type { UpstreamConfig } from '../proxy-config.ts';
import type { Draft } from './draft.ts';

/** Refuses what `pool` says of idle TCP connections where there are none, or where it cannot be kept. */
export function checkIdleTcp({ path, protocol, pool, proxyProtocol }: UpstreamConfig, draft: Draft): void {
  if (protocol === 'http') {
    for (const key of ['serverSpeaksFirst', 'ping']) {
      const place = `${path}.pool.${key}`;
      if (draft.has(place)) draft.refuse(place, 'belongs to protocol tcp, and this upstream is http', 'key');
    }
  }
  if (pool.ping === undefined) return;
  if (pool.serverSpeaksFirst) {
    draft.refuse(`${path}.pool.ping`, 'cannot be told from a greeting, where `serverSpeaksFirst` is true', 'key');
  }
  if (proxyProtocol !== undefined) {
    const reason = 'which says for whom, when there is a client';
    draft.refuse(`${path}.pool.ping`, `would go before the header of \`proxyProtocol\`, ${reason}`, 'key');
  }
}
