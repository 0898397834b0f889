export { backendInputSchema } from './backend-input.ts';
export type { BackendInput } from './backend-input.ts';
export { discoveries } from './discoveries.ts';
export { parseAddress } from './parse-address.ts';
export type { BackendScheme, ParsedAddress } from './parse-address.ts';
export { parseBackend, parseBackends } from './parse-backend.ts';
export { staticDiscovery } from './static-discovery.ts';
