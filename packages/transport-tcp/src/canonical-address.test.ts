import { expect, it } from 'vitest';
import { canonicalAddress } from './canonical-address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::', '::'],
])('%s is %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address);
});

it.each(['', 'a', '1.2.3', '1.2.3.04', '[::1]', '1.2.3.4:5', ' 1.2.3.4', '::1'.padStart(1000, '0'), '1.2.3.4\0'])(
  '%j is no address',
  (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  },
);
