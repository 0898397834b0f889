import { joinPath } from './config-path.ts';
import { isPlainObject } from './plain-object.ts';

const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reports what no config may contain, whatever its schema: keys that reach into JavaScript's prototypes, and an object
 * that contains itself.
 */
export function checkPlainData(
  value: unknown,
  report: (path: string, message: string) => void,
  path = '',
  ancestors: readonly unknown[] = [],
): void {
  if (ancestors.includes(value)) {
    report(path, 'expected a value that does not contain itself');
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      checkPlainData(item, report, joinPath(path, index), [...ancestors, value]);
    }
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const keyPath = joinPath(path, key);
      if (RESERVED.has(key)) report(keyPath, 'this key is reserved by JavaScript, choose another');
      else checkPlainData(item, report, keyPath, [...ancestors, value]);
    }
  }
}
