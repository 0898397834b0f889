import { MillpondError } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { noRoute, unavailable } from './http-errors.ts';
import { proxyStatus } from './proxy-status.ts';

/** A failure to connect as an upstream throws it, with what the system said at its bottom. */
function notConnected(code: string): Error {
  const system = Object.assign(new Error(`connect ${code} 10.1.2.3:9001`), { code });
  const dialled = new MillpondError('ERR_TCP_CONNECT_FAILED', 'no', { cause: system });
  return new MillpondError('ERR_UPSTREAM_CONNECT_FAILED', 'to 10.1.2.3', { cause: dialled });
}

describe('Proxy-Status', () => {
  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ENOTFOUND', 'dns_error'],
    ['EAI_AGAIN', 'dns_timeout'],
    ['EHOSTUNREACH', 'destination_ip_unroutable'],
  ])('of %s is %s, and names no backend', (code, type) => {
    expect(proxyStatus(unavailable(notConnected(code)))).toBe(
      `millpond; error=${type}; details="ERR_UPSTREAM_CONNECT_FAILED"`,
    );
  });

  it.each([
    ['ERR_UPSTREAM_UNAVAILABLE', 'destination_unavailable'],
    ['ERR_UPSTREAM_CONNECT_TIMEOUT', 'connection_timeout'],
    ['ERR_POOL_QUEUE_FULL', 'connection_limit_reached'],
    ['ERR_POOL_ACQUIRE_TIMEOUT', 'connection_limit_reached'],
    ['ERR_OF_A_PLUGIN', 'destination_unavailable'],
  ])('of %s is %s', (code, type) => {
    expect(proxyStatus(unavailable(new MillpondError(code, 'no')))).toBe(`millpond; error=${type}; details="${code}"`);
  });

  it('is about the request where that had no route', () => {
    expect(proxyStatus(noRoute())).toBe('millpond; error=destination_not_found; details="ERR_HTTP_NO_ROUTE"');
  });

  it('does not follow causes in a circle', () => {
    const error = new MillpondError('ERR_UPSTREAM_CONNECT_FAILED', 'no');
    error.cause = error;
    expect(proxyStatus(unavailable(error))).toContain('connection_refused');
  });

  it('is one field, whatever the code of an upstream is', () => {
    const error = Object.assign(new Error('no'), { code: 'A"\r\nSet-Cookie: a=b' });
    expect(proxyStatus(unavailable(error))).not.toMatch(/["\r\n].*[\r\n]/);
  });
});
