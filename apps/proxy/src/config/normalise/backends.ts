import type { Backend } from '@millpond/contracts';
import { parseBackend } from '@millpond/discovery';
import type { Protocol } from '../proxy-config.ts';
import type { BackendInput } from '../schema/upstream-schema.ts';
import type { Draft } from './draft.ts';

/** Reads `backends`, found at `path`; refuses two of one id. */
export function toBackends(inputs: readonly BackendInput[], path: string, protocol: Protocol, draft: Draft): Backend[] {
  const firstPaths = new Map<string, string>();
  return inputs.flatMap((input, index) => {
    const backendPath = `${path}[${index}]`;
    const backend = toBackend(input, backendPath, protocol, draft);
    if (backend === undefined) return [];
    const first = firstPaths.get(backend.id);
    if (first !== undefined) {
      draft.refuse(
        backendPath,
        `the backend "${backend.id}" is there already, at ${first}; give one of them another \`id\``,
      );
    }
    firstPaths.set(backend.id, first ?? backendPath);
    return [backend];
  });
}

function toBackend(input: BackendInput, path: string, protocol: Protocol, draft: Draft): Backend | undefined {
  const urlPath = typeof input === 'string' ? path : `${path}.url`;
  try {
    const backend = parseBackend(input, protocol);
    const spoken = spokenAt(backend.url, protocol);
    if (spoken !== protocol)
      draft.refuse(urlPath, `this address is for ${spoken}, and the protocol here is ${protocol}`);
    return backend;
  } catch (error) {
    draft.refuse(urlPath, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** A UNIX socket speaks what it is asked. */
function spokenAt(url: string, protocol: Protocol): Protocol {
  if (url.startsWith('unix:')) return protocol;
  return /^https?:/.test(url) ? 'http' : 'tcp';
}
