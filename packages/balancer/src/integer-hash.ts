/** Spreads every bit of a 32-bit integer over all of them, one to one: the finaliser of MurmurHash3 (public domain). */
export function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * A 32-bit hash of `text` from `start` on: FNV-1a over its UTF-16 units, then {@link mix}. Written out here because it
 * runs for every request and must not allocate, which a hash over bytes would.
 */
export function hashText(text: string, start: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}
