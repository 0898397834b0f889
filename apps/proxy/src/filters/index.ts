export { filters } from './filters.ts';
export { PathStats } from './path-stats.ts';
