/** Programs that are not in TypeScript may answer anything; what is not a promise counts as JavaScript takes it. */
export function isPromise<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer;
}
