import { nearestName } from '@millpond/registry';

/** Appended to a message: the name that was most likely meant, if there is one. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const meant = nearestName(name, names);
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}
