import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTrustedProxy, TrustedProxies } from './trusted-proxies.ts';

describe('Trusted proxies', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['10.0.0.0/8', '::ffff:a00:1', true],
    ['::ffff:10.0.0.0/104', '10.0.0.1', true],
    ['2001:db8::/32', '2001:DB8:0:0::5', true],
    ['2001:db8::/32', '2001:db9::5', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '::1', true],
    ['0.0.0.0/0', '', false],
    ['0.0.0.0/0', 'localhost', false],
    ['unix', '', false],
    ['unix', '127.0.0.1', false],
  ])('of %s: %s is one: %s', (entry, address, expected) => {
    expect(new TrustedProxies([entry]).trusts(address)).toBe(expected);
  });

  it('of nothing are none', () => {
    expect(new TrustedProxies([]).trusts('127.0.0.1')).toBe(false);
  });

  it('are the same however often, and for however many, they are asked', () => {
    const trusted = new TrustedProxies(['10.0.0.0/16']);
    const addresses = Array.from({ length: 3000 }, (_, index) => `10.${index % 2}.${index >> 8}.${index & 255}`);
    for (let round = 0; round < 2; round++) {
      const right = addresses.filter((address) => trusted.trusts(address) === address.startsWith('10.0.'));
      expect(right).toHaveLength(3000);
    }
  });

  it('are whoever comes by a UNIX socket, where that is said', () => {
    expect(new TrustedProxies(['unix', '10.0.0.1'], true).trusts('')).toBe(true);
    expect(new TrustedProxies(['unix', '10.0.0.1'], true).trusts('10.0.0.1')).toBe(true);
    expect(new TrustedProxies(['10.0.0.1'], true).trusts('')).toBe(false);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'fe80::1%eth0',
  ])('cannot be "%s"', (entry) => {
    expect(isTrustedProxy(entry)).toBe(false);
    expect(() => new TrustedProxies([entry])).toThrow(expect.objectContaining({ code: 'ERR_TCP_INVALID_RANGE' }));
  });

  it('are those that share the leading bits of a range', () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 32 }), fc.boolean(), (network, other, prefix, near) => {
        // Half of them differ in the last bits only, or random ones would hardly ever meet.
        const address = near ? (network ^ (other & 0xff)) >>> 0 : other;
        const isIn = bits(network).slice(0, prefix) === bits(address).slice(0, prefix);
        expect(new TrustedProxies([`${dotted(network)}/${prefix}`]).trusts(dotted(address))).toBe(isIn);
      }),
    );
  });
});

function bits(address: number): string {
  return address.toString(2).padStart(32, '0');
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
