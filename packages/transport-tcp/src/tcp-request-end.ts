import type { RequestEnd } from '@millpond/contracts';

/** The end of a TCP client's connection, to be filled in; reused from one to the next. */
export type TcpRequestEnd = { -readonly [Key in keyof RequestEnd]: RequestEnd[Key] };

/** One for all clients of an app. */
export function tcpRequestEnd(app: string): TcpRequestEnd {
  return {
    app,
    protocol: 'tcp',
    clientAddress: '',
    upstream: undefined,
    backend: undefined,
    method: '',
    target: '',
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
    durationMs: 0,
    result: 'completed',
    errorCode: undefined,
    reason: undefined,
  };
}
