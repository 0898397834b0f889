/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  /** Something failed while running. */
  runtime: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** The config cannot be used; EX_CONFIG of sysexits.h. */
  config: 78,
  /** A second signal cut off what was in flight. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
