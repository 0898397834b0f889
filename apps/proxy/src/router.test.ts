import type { ExchangeSource, Route } from '@millpond/contracts';
import { describe, expect, it } from 'vitest';
import { Router } from './router.ts';

const timeouts = { headerMs: 0, requestMs: 0, idleMs: 0, tunnelMs: 0 };

function to(name: string): Route {
  const upstream: ExchangeSource = {
    name,
    tryAcquire: () => undefined,
    acquire: () => Promise.reject(new Error('not here')),
  };
  return { upstream, timeouts, filters: [], replayStale: false };
}

function lookUp(router: Router, host: string, path: string): string | undefined {
  return router.route({ clientAddress: '127.0.0.1', host, path })?.upstream.name;
}

describe('Router', () => {
  const router = new Router(
    [
      { host: undefined, path: '/api', route: to('api') },
      { host: undefined, path: '/api/v2/', route: to('api2') },
      { host: 'shop.example.com', path: undefined, route: to('shop') },
      { host: 'shop.example.com', path: '/cart', route: to('cart') },
      { host: '*.example.com', path: undefined, route: to('any-example') },
      { host: '*.deep.example.com', path: '/x', route: to('deep') },
      { host: undefined, path: '/api', route: to('shadowed') },
    ],
    to('default'),
  );

  it.each([
    ['other.org', '/', 'default'],
    ['other.org', '/api', 'api'],
    ['other.org', '/api/', 'api'],
    ['other.org', '/apiary', 'default'],
    ['other.org', '/api/v2', 'api'],
    ['other.org', '/api/v2/x', 'api2'],
    ['shop.example.com', '/api', 'shop'],
    ['shop.example.com', '/cart/1', 'cart'],
    ['blog.example.com', '/', 'any-example'],
    ['a.deep.example.com', '/x/y', 'deep'],
    ['a.deep.example.com', '/z', 'any-example'],
    ['example.com', '/', 'default'],
  ])('sends %s%s to %s', (host, path, expected) => {
    expect(lookUp(router, host, path)).toBe(expected);
  });

  it('finds nothing where there is no default', () => {
    expect(lookUp(new Router([], undefined), 'a', '/')).toBeUndefined();
  });

  it('matches a host without its port and only as a whole', () => {
    expect(lookUp(router, 'xshop.example.com', '/cart')).toBe('any-example');
  });
});
