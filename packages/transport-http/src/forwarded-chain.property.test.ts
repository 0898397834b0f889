import { TrustedProxies } from '@millpond/transport-tcp';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientOf, nodeAddress, readForwarded, readXForwardedFor } from './forwarded-chain.ts';

const trusted = new TrustedProxies(['10.0.0.0/8', 'fd00::/8']);

const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.1', '10.9.8.7', 'fd00::7'));
const junk = fc.constantFrom(
  'unknown',
  '_hidden',
  '1.2.3',
  '999.1.1.1',
  '"',
  'a b',
  '::1%eth0',
  '[1.2.3.4]',
  'x;y',
  '',
);
const blank = fc.constantFrom('', ' ', '\t', '  ');

function isGood(value: string): boolean {
  return nodeAddress(value) !== undefined;
}

describe('X-Forwarded-For', () => {
  it('is read as by cutting it at every comma', () => {
    const entry = fc
      .tuple(blank, fc.oneof({ weight: 4, arbitrary: address }, junk), blank)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const { list, nodes } = readXForwardedFor(entries.join(','));
        const expected = entries.map((text) => text.trim()).filter((text) => text !== '');
        expect(nodes).toEqual(expected.toReversed());
        expect(
          list
            .split(',')
            .map((text) => text.trim())
            .filter((text) => text !== ''),
        ).toEqual(expected);
      }),
    );
  });

  it('names as the client the last address that is not trusted, of those behind the last that is none', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: address }, junk), { maxLength: 12 }), (entries) => {
        const nodes = entries.filter((entry) => entry !== '').toReversed();
        // A naive model: everything up to the first that is no address, and of these the first that is not trusted.
        const stop = nodes.findIndex((node) => !isGood(node));
        const good = (stop === -1 ? nodes : nodes.slice(0, stop)).map((node) => nodeAddress(node) ?? '');
        const expected = good.find((node) => !trusted.trusts(node)) ?? good.at(-1) ?? '10.0.0.1';
        expect(clientOf('10.0.0.1', nodes, trusted)).toBe(expected);
      }),
    );
  });
});

const token = fc.constantFrom('a', 'x-y', '1.2.3.4', '_hidden', 'unknown');
const quoted = fc.constantFrom('""', '"[::1]"', '"[2001:db8::1]:4711"', '"a, for=6.6.6.6"', '"a;b"', '"1.2.3.4:80"');
const pair = fc
  .tuple(fc.constantFrom('by', 'host', 'Proto', 'ext'), fc.oneof(token, quoted))
  .map((parts) => parts.join('='));
const node = fc.oneof(token, quoted);
const element = fc
  .tuple(
    fc.uniqueArray(pair, { maxLength: 3 }),
    fc.option(node),
    fc.constantFrom(';', ' ; '),
    fc.constantFrom('for', 'For'),
  )
  .filter(([pairs, by]) => pairs.length > 0 || by !== null)
  .map(([pairs, by, semicolon, name]) => ({
    text: [...pairs, ...(by === null ? [] : [`${name}=${by}`])].join(semicolon),
    node: by === null ? '' : by.replaceAll('"', ''),
  }));

describe('Forwarded', () => {
  it('gives the nodes of whatever is well-formed', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 8 }), fc.constantFrom(',', ', ', ' ,\t', ', ,'), (elements, comma) => {
        const { list, nodes } = readForwarded(elements.map(({ text }) => text).join(comma));
        expect(nodes).toEqual(elements.map((each) => each.node).toReversed());
        expect(list).toBe(elements.map(({ text }) => text).join(comma));
      }),
    );
  });

  it('gives what a trusted proxy has appended, whatever a client had written before', () => {
    const before = fc.string({
      unit: fc.constantFrom('"', '\\', ',', ';', '=', 'for', '[', ']', '1.2.3.4', ' '),
      maxLength: 20,
    });
    fc.assert(
      fc.property(before, fc.array(element, { minLength: 1, maxLength: 4 }), (clients, elements) => {
        const appended = elements.map(({ text }) => text).join(', ');
        const { list, nodes } = readForwarded(`${clients}, ${appended}`);
        const expected = elements.map((each) => each.node).toReversed();
        expect(nodes.slice(0, expected.length)).toEqual(expected);
        expect(list.endsWith(appended)).toBe(true);
        // What goes on means the same to whoever reads it from its beginning.
        expect(readForwarded(list).nodes).toEqual(nodes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('A hostile list', () => {
  it.each([
    ['10,000 addresses', '10.0.0.1,'.repeat(10_000), 64],
    ['commas', ','.repeat(100_000), 0],
    ['blanks', ' '.repeat(100_000), 0],
    ['one long name', 'a'.repeat(100_000), 1],
  ])('for X-Forwarded-For of %s is cut to its last hops', (_what, value, hops) => {
    const { list, nodes } = readXForwardedFor(value);
    expect(nodes).toHaveLength(hops);
    expect(list.split(',').filter((entry) => entry !== '')).toHaveLength(hops);
    expect(clientOf('10.0.0.9', nodes, trusted)).toBe(hops === 64 ? '10.0.0.1' : '10.0.0.9');
  });

  it.each([
    ['10,000 elements', `${'for=10.0.0.1,'.repeat(10_000)}for=10.0.0.2`, 64],
    ['quotes without end', '"'.repeat(99_999), 0],
    ['an unterminated quote', `for="${'a, '.repeat(30_000)}`, 0],
    ['an unterminated quote at its end', `${'for=10.0.0.1, '.repeat(100)}for="10.0.0.1`, 0],
    ['backslashes', `for="${'\\"'.repeat(30_000)}"`, 0],
    ['semicolons', ';'.repeat(100_000), 0],
    ['blanks', `for=a${' '.repeat(100_000)}b`, 0],
    ['pairs without a value', 'for='.repeat(30_000), 0],
    ['for twice', 'for=1.2.3.4;for=1.2.3.5', 0],
    ['an address without quotes', 'for=[::1]', 0],
  ])('for Forwarded of %s goes on as far as it is well-formed', (_what, value, hops) => {
    const { list, nodes } = readForwarded(value);
    expect(nodes).toHaveLength(hops);
    expect(list === '').toBe(hops === 0);
  });
});

describe('A node', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['192.0.2.1:_port', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:c000:201]:1', '192.0.2.1'],
  ])('%s is %s', (text, expected) => {
    expect(nodeAddress(text)).toBe(expected);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    'localhost',
    '1.2.3.4:',
    '1.2.3.4:123456',
    '[1.2.3.4]',
    '[::1',
    '::1]',
    '[::1%lo]',
    '::1%lo',
    '1.2.3',
  ])('%j names no address', (text) => {
    expect(nodeAddress(text)).toBeUndefined();
  });
});
