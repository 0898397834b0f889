/** Connections of the load, in every case but that of idle ones. */
export const CONNECTIONS = 64;
