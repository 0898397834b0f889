import { Socket, type OnReadOpts, type Server } from 'node:net';

/**
 * The part of an accepted socket that Node does not document. `net.connect` takes `onread`, which reads into a buffer of
 * ours without a stream in between and saves 5 µs of a proxied request's 21; for accepted sockets there is no such
 * option, so their handle is moved into a socket made with it. Alike on Node 20 to 26. This file is the only one that
 * knows of it; where it does not work, {@link takeOver} returns undefined and 'data' events do the job.
 */
interface Undocumented {
  _handle: object | null;
  _server?: Server | null;
}

/** Moves an accepted, paused socket's handle into a new, paused one that reads by `onread`; undefined where Node cannot. */
export function takeOver(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  /* oxlint-disable no-underscore-dangle -- Node's names */
  const from: Partial<Undocumented> & Socket = accepted;
  const handle = from._handle;
  if (handle === undefined || handle === null || !('useUserBuffer' in handle)) return undefined;
  from._handle = null;
  const options: { allowHalfOpen: boolean; handle: object; onread: OnReadOpts; pauseOnCreate: boolean } = {
    allowHalfOpen: true,
    handle,
    onread,
    pauseOnCreate: true,
  };
  const socket: Partial<Undocumented> & Socket = new Socket(options);
  // The server counts its connections down by this field; without it `server.close()` would never complete.
  socket._server = from._server ?? null;
  from._server = null;
  return socket;
}
