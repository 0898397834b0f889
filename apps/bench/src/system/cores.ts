/** The processor of the proxy that is measured, and nothing else of ours. */
export const PROXY_CORE = 0;

/** The processor of load, backend and the benchmark itself. */
export const LOAD_CORE = 1;
