import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandEnvironment, retype } from './expand-environment.ts';

const env = { PORT: '8080', HOST: 'example.com', EMPTY: '', TRICK: '${HOST} $$', YES: 'true', ZIP: '00420' };

function expand(value: unknown) {
  return expandEnvironment(value, env, (name, path) => {
    throw new Error(`${name} at ${path}`);
  });
}

describe('the environment in a config', () => {
  test.each([
    ['${HOST}', 'example.com'],
    ['http://${HOST}:${PORT}/', 'http://example.com:8080/'],
    ['${NOPE:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NOPE:-}', ''],
    ['${EMPTY}', ''],
    ['${HOST:-fallback}', 'example.com'],
  ])('%s becomes %j', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test.each([
    ['${PORT}', 8080],
    ['${NOPE:-7}', 7],
    ['${YES}', true],
    ['${NOPE:-null}', null],
    ['${ZIP}', '00420'],
    ['${NOPE:-12345678901234567890}', '12345678901234567890'],
    ['${PORT}0', '80800'],
    [' ${PORT}', ' 8080'],
    ['8080', '8080'],
  ])('%s is typed anew only where it is a whole expansion: %j', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test.each(['${path.bytes}', '${}', '${1X}', '${HOST', '$HOST', '${HOST:+x}', '${a-b}', '100 $'])(
    '%s is none and stays as it is',
    (text) => {
      expect(expand(text)).toBe(text);
    },
  );

  test('$$ is one dollar sign and keeps what follows from being expanded', () => {
    expect(expand('$${HOST} costs $$5')).toBe('${HOST} costs $5');
    expect(expand('$$$${HOST}')).toBe('$${HOST}');
    expect(expand('$$${HOST}')).toBe('$example.com');
  });

  test('is not expanded a second time', () => {
    expect(expand('${TRICK}')).toBe('${HOST} $$');
  });

  test('reaches into lists and objects, but not into keys', () => {
    expect(expand({ '${HOST}': [{ a: '${PORT}', b: 3, c: null }] })).toEqual({
      '${HOST}': [{ a: 8080, b: 3, c: null }],
    });
  });

  test('names every variable that is missing, and where', () => {
    const missing: string[] = [];
    expandEnvironment({ a: ['${X}', '${Y} ${Z:-1}'] }, {}, (name, path) => missing.push(`${name} at ${path}`));
    expect(missing).toEqual(['X at a[0]', 'Y at a[1]']);
  });

  test('leaves any text without a dollar sign alone', () => {
    fc.assert(fc.property(fc.string(), (text) => text.includes('$') || expand(text) === text));
  });

  test('brings back any text whose dollar signs were doubled', () => {
    fc.assert(fc.property(fc.string(), (text) => expand(text.replaceAll('$', '$$$$')) === text));
  });

  test('gives back any value that a variable holds, inside other text', () => {
    fc.assert(
      fc.property(fc.string(), (value) => expandEnvironment('<${V}>', { V: value }, () => undefined) === `<${value}>`),
    );
  });
});

test('a text is retyped exactly where JSON would read a scalar, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
      (value) => {
        const text = JSON.stringify(value);
        const typed = retype(text);
        return typed === text || Object.is(typed, JSON.parse(text));
      },
    ),
  );
});
