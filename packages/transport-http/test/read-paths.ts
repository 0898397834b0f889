/** The two ways in which a client's socket is read. */
export const READ_PATHS = [
  { path: 'onread', onread: true },
  { path: 'data events', onread: false },
];
