export { filters } from './filters.ts';
export { PathStats } from './path-stats.ts';
export type { PathCount } from './heaviest-paths.ts';
