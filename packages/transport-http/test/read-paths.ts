/** The two ways in which a client's socket is read. */
export const READ_PATHS = [
  { path: 'bare handles', bareHandles: true },
  { path: 'streams', bareHandles: false },
];
