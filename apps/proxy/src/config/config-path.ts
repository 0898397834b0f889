const KEY = /^[A-Za-z_$][\w$-]*$/;
const SEGMENT = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g;

/** One step into the config: a key of an object or an index of a list. */
export type PathSegment = string | number;

/** Writes a path the way people read it: `apps[0].routes[1].match`, `upstreams["a.b"]`; the root is empty. */
export function formatPath(segments: readonly PropertyKey[]): string {
  let path = '';
  for (const segment of segments) path = joinPath(path, typeof segment === 'symbol' ? String(segment) : segment);
  return path;
}

/** The path one step below `path`. */
export function joinPath(path: string, segment: PathSegment): string {
  if (typeof segment === 'number') return `${path}[${segment}]`;
  if (!KEY.test(segment)) return `${path}[${JSON.stringify(segment)}]`;
  return path === '' ? segment : `${path}.${segment}`;
}

/** Reads what {@link formatPath} wrote. */
export function parsePath(path: string): PathSegment[] {
  return Array.from(path.matchAll(SEGMENT), ([, index, quoted, key]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? (key ?? '') : String(JSON.parse(quoted));
  });
}
