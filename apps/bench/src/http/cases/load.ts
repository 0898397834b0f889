/** Connections of the load, in every case but that of idle ones. */
export const CONNECTIONS = 64;

/** Long enough for thousands of requests, and so for compilers. */
export const WARM_UP_SECONDS = 1;
