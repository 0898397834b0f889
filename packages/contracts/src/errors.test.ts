import { describe, expect, it } from 'vitest';
import { MillpondError } from './errors.ts';

describe('MillpondError', () => {
  it('carries a code, a message and what was underneath', () => {
    const cause = new Error('refused');
    const error = new MillpondError('ERR_POOL_CREATE_FAILED', 'Cannot make another one.', { cause });
    expect(error).toMatchObject({ code: 'ERR_POOL_CREATE_FAILED', message: 'Cannot make another one.', cause });
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('MillpondError: Cannot make another one.');
  });
});
