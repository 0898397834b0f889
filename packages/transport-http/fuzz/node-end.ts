/** Where Node's parser stopped, as an index of what it was fed; -1 where it does not say. */
export function endOf(error: object): number {
  const parsed = 'bytesParsed' in error && typeof error.bytesParsed === 'number' ? error.bytesParsed : -1;
  // Behind the last message of a connection it takes one byte before it says that there should be none.
  return 'code' in error && error.code === 'HPE_CLOSED_CONNECTION' ? parsed - 1 : parsed;
}
