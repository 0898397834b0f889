export { exitCodes } from './exit-codes.ts';
export type { ExitCode } from './exit-codes.ts';
export { main } from './main.ts';
export { processTerminal } from './terminal.ts';
export type { StopSignal, Terminal } from './terminal.ts';
