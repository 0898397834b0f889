// Loaded into peers on Node before their own code, so that their memory can be looked at without garbage.
process.on('SIGUSR2', () => globalThis.gc?.());
