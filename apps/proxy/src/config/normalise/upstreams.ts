import { joinPath } from '../config-path.ts';
import type { Protocol } from '../proxy-config.ts';
import type { AppInput } from '../schema/app-schema.ts';
import type { ParsedConfig } from '../schema/config-schema.ts';
import type { BackendInput } from '../schema/upstream-schema.ts';
import type { Draft } from './draft.ts';
import type { UpstreamParts } from './upstream.ts';

const POLICY_KEYS = [
  'strategy',
  'tls',
  'proxyProtocol',
  'keepAlive',
  'pool',
  'health',
  'breaker',
  'retry',
  'timeouts.connect',
];

/** An upstream that the config defines, and where. */
export interface UpstreamDefinition {
  readonly name: string;
  readonly path: string;
  readonly parts: UpstreamParts;
  readonly backends: readonly BackendInput[];
  readonly backendsPath: string;
  /** Of the app that owns it; those that apps share get theirs from the apps that use them. */
  readonly protocol: Protocol | undefined;
}

/** Whether an app has backends of its own, and so an upstream of its name. */
export function ownsUpstream({ backends, targets }: AppInput): boolean {
  return backends !== undefined || targets !== undefined;
}

/** Every upstream that the config defines, by name: those of `upstreams`, then those that apps own. */
export function defineUpstreams(
  { upstreams, apps }: ParsedConfig,
  protocols: readonly Protocol[],
  draft: Draft,
): Map<string, UpstreamDefinition> {
  const definitions = new Map<string, UpstreamDefinition>();
  for (const [name, { backends, ...parts }] of Object.entries(upstreams)) {
    const path = joinPath('upstreams', name);
    definitions.set(name, { name, path, parts, backends, backendsPath: `${path}.backends`, protocol: undefined });
  }
  for (const [index, app] of apps.entries()) {
    const path = `apps[${index}]`;
    checkOwnership(app, path, draft);
    const backends = app.backends ?? app.targets;
    if (backends === undefined) continue;
    const taken = definitions.get(app.name);
    if (taken?.protocol === undefined && taken !== undefined) {
      draft.refuse(
        `${path}.name`,
        `the upstream "${app.name}" is there already, at ${taken.path}; the backends of an app are an upstream of its name`,
      );
    }
    const backendsPath = `${path}.${app.backends === undefined ? 'targets' : 'backends'}`;
    definitions.set(app.name, { name: app.name, path, parts: app, backends, backendsPath, protocol: protocols[index] });
  }
  return definitions;
}

/** Refuses an app that has both backends of its own and an upstream, or neither. */
function checkOwnership(app: AppInput, path: string, draft: Draft): void {
  if (app.backends !== undefined && app.targets !== undefined) {
    draft.refuse(`${path}.targets`, 'short for `backends`: give one of the two', 'key');
  }
  if (ownsUpstream(app)) {
    if (app.upstream !== undefined) {
      draft.refuse(`${path}.upstream`, 'expected either `upstream` or backends of the app itself, not both', 'key');
    }
    return;
  }
  if (app.upstream === undefined && app.routes.length === 0) {
    draft.refuse(path, 'expected `backends`, `upstream` or `routes`: its traffic goes nowhere');
  }
  for (const key of POLICY_KEYS) {
    if (draft.has(`${path}.${key}`)) {
      const place = app.upstream === undefined ? 'the upstream' : joinPath('upstreams', app.upstream);
      draft.refuse(`${path}.${key}`, `belongs to ${place}, as the app has no backends of its own`, 'key');
    }
  }
}
