import { isIP, type Server, type Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { Address } from '@millpond/contracts';
import { canonicalAddress } from '../canonical-address.ts';

/**
 * What Node's sockets are made of, and what Node does not document: one handle of libuv each, without a stream around it.
 * The same on Node 20 to 26 but where it says so. This file is the only one that knows how to get at it; where it is not
 * to be had (another runtime, a later Node, a process whose permissions forbid it), {@link nodeHandles} is undefined and
 * the streams that Node documents do the job.
 */
export interface SocketHandle extends ByteHandle, Tunable {
  /** Its descriptor; -1 when it is closed. Windows has none. */
  readonly fd?: number;
  /** Bytes that wait to be taken by the kernel. */
  readonly writeQueueSize: number;
  close(closed?: () => void): void;
  /** TCP only, as are the next two. Must not be called while a shutdown is under way: it would never be closed. */
  reset?(closed?: () => void): number;
  getsockname?(name: Partial<SocketName>): number;
  getpeername?(name: Partial<SocketName>): number;
}

/** What bytes are read from and written to. */
export interface ByteHandle {
  /** Called when something was read, or went wrong; may return another buffer for what is read next. */
  onread: () => Uint8Array | undefined;
  /** Has what is read put into `buffer`, from its beginning. */
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeLatin1String(request: WriteRequest | null, text: string): number | WriteRequest;
  writeBuffer(request: WriteRequest | null, bytes: Uint8Array): number | WriteRequest;
  shutdown(request: Request): number;
}

/** Has options of TCP, if it is of TCP. */
export interface Tunable {
  setNoDelay?(isOn: boolean): number;
  setKeepAlive?(isOn: boolean, delaySeconds: number): number;
}

export interface SocketName {
  readonly address: string;
  readonly port: number;
}

/** Something that was begun and takes its time. */
export interface Request {
  oncomplete?: ((status: number) => void) | undefined;
}

export interface WriteRequest extends Request {
  /** -1 before it is begun, and when it is over. */
  getAsyncId(): number;
  /** Keeps the bytes alive until they are written. */
  buffer?: Uint8Array;
  /** Node 26: how it ended, if that was before `oncomplete` was set. */
  writeStatus?: number | null;
}

/** A TCP handle that is not connected yet. */
export interface TcpHandle extends SocketHandle {
  connect(request: Request, address: string, port: number): number;
  connect6(request: Request, address: string, port: number): number;
}

export interface NodeHandles {
  /** Makes a handle that can be connected. */
  createTcp(): TcpHandle;
  createConnect(): Request;
  createShutdown(): Request;
  /** For the next write; null for Node 26, which makes one itself if it needs one. */
  createWrite(): WriteRequest | null;
  /** What the last `onread` is about: how many bytes were read, or the error. */
  lastRead(): number;
  /** Whether the last write, which was given a request, is not over yet. */
  isLastWriteAsync(): boolean;
  /** Node 26: why the last write that gave a request failed at once; else 0. */
  lastWriteError(): number;
}

const METHODS = ['readStart', 'readStop', 'useUserBuffer', 'writeLatin1String', 'writeBuffer', 'shutdown', 'close'];

export const nodeHandles: NodeHandles | undefined = find();

/** Takes the handle out of an open, paused socket, which is of no more use; undefined where there is none of the kind. */
export function detachHandle(socket: Socket): SocketHandle | undefined {
  if (nodeHandles === undefined) return undefined;
  const from: { _handle?: unknown } & Socket = socket;
  const handle = from._handle;
  if (!isSocketHandle(handle)) return undefined;
  from._handle = null;
  handle.readStop();
  return handle;
}

/**
 * Has `accept` called with the bare handle of whoever connects, where Node can; else 'connection' goes on being emitted with
 * a socket.
 *
 * @param keepAliveMs - as for {@link tune}
 */
export function acceptHandles(server: Server, accept: (handle: SocketHandle) => void, keepAliveMs: number): void {
  if (nodeHandles === undefined) return;
  type Accept = (this: unknown, status: number, handle: unknown) => void;
  const { _handle: listening }: { _handle?: (Tunable & { onconnection?: Accept }) | null } & Server = server;
  const original = listening?.onconnection;
  if (listening === undefined || listening === null || original === undefined) return;
  // Linux hands such options on to what is accepted: five system calls fewer for each client.
  const isInherited = process.platform === 'linux' && listening.setNoDelay !== undefined;
  if (isInherited) tune(listening, keepAliveMs);
  listening.onconnection = function onconnection(status, handle) {
    if (status !== 0 || !isSocketHandle(handle)) {
      original.call(this, status, handle);
      return;
    }
    if (!isInherited) tune(handle, keepAliveMs);
    accept(handle);
  };
}

/**
 * Connects a new handle to an IP address, whatever comes of it: `connected` is called with 0 or an error, unless `status`
 * is one already. There must be {@link nodeHandles}.
 */
export function connectHandle(
  address: string,
  port: number,
  connected: (status: number) => void,
): { readonly handle: TcpHandle; readonly status: number } {
  if (nodeHandles === undefined) throw new TypeError('This Node.js has no bare handles.');
  const handle = nodeHandles.createTcp();
  const request = nodeHandles.createConnect();
  request.oncomplete = connected;
  const status = isIP(address) === 6 ? handle.connect6(request, address, port) : handle.connect(request, address, port);
  return { handle, status };
}

/** The address that a TCP socket has on this machine. */
export function localAddressOf(handle: SocketHandle): Address | undefined {
  const name: Partial<SocketName> = {};
  if (handle.getsockname?.(name) !== 0) return undefined;
  const { address, port } = name;
  return address === undefined || port === undefined ? undefined : { host: canonicalAddress(address) ?? address, port };
}

/** Nagle's algorithm off, and TCP keep-alive on. @param keepAliveMs - of silence; 0 is never */
export function tune(handle: Tunable, keepAliveMs: number): void {
  handle.setNoDelay?.(true);
  if (keepAliveMs > 0) handle.setKeepAlive?.(true, Math.ceil(keepAliveMs / 1000));
}

/** An error as Node's own sockets have it. @param where - the address that it is about */
export function systemError(status: number, syscall: string, where?: string): Error {
  const code = getSystemErrorName(status);
  const message = where === undefined ? `${syscall} ${code}` : `${syscall} ${code} ${where}`;
  return Object.assign(new Error(message), { code, errno: status, syscall });
}

function isSocketHandle(handle: unknown): handle is SocketHandle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    METHODS.every((name) => typeof Reflect.get(handle, name) === 'function')
  );
}

/** What Node calls them, as far as they are used here. */
interface Internals {
  readonly TCP: new (kind: number) => TcpHandle;
  readonly TCPConnectWrap: new () => Request;
  readonly constants: { readonly SOCKET: number };
  readonly ShutdownWrap: new () => Request;
  readonly WriteWrap: new () => WriteRequest;
  /** Numbers that the last call has left, at the index of each. */
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
  /** Node 26 */
  readonly kLastWriteErr?: number;
}

function find(): NodeHandles | undefined {
  const internals = readInternals();
  if (internals === undefined) return undefined;
  const { TCP, TCPConnectWrap, constants, ShutdownWrap, WriteWrap } = internals;
  const { streamBaseState: state, kReadBytesOrError, kLastWriteWasAsync, kLastWriteErr } = internals;
  if (!METHODS.every((name) => typeof Reflect.get(TCP.prototype, name) === 'function')) return undefined;
  return {
    createTcp: () => new TCP(constants.SOCKET),
    createConnect: () => new TCPConnectWrap(),
    createShutdown: () => new ShutdownWrap(),
    createWrite: () => (kLastWriteErr === undefined ? new WriteWrap() : null),
    lastRead: () => state[kReadBytesOrError] ?? 0,
    isLastWriteAsync: () => state[kLastWriteWasAsync] === 1,
    lastWriteError: () => (kLastWriteErr === undefined ? 0 : (state[kLastWriteErr] ?? 0)),
  };
}

function readInternals(): Internals | undefined {
  try {
    const found: Partial<Internals> = { ...binding('tcp_wrap'), ...binding('stream_wrap') };
    return isComplete(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** A part of Node that it keeps to itself. @throws where there is none of that name, or none may be used */
export function binding(name: string): object {
  const load: unknown = Reflect.get(process, 'binding');
  // It is deprecated, which is said, and may then be thrown, in another turn than this.
  if (typeof load !== 'function' || process.throwDeprecation) throw new TypeError('There are no bindings.');
  const found: unknown = Reflect.apply(load, process, [name]);
  return Object(found);
}

function isComplete(found: Partial<Internals>): found is Internals {
  const { TCP, TCPConnectWrap, constants, ShutdownWrap, WriteWrap, streamBaseState } = found;
  const classes = [TCP, TCPConnectWrap, ShutdownWrap, WriteWrap];
  const numbers = [constants?.SOCKET, found.kReadBytesOrError, found.kLastWriteWasAsync];
  return (
    classes.every((one) => typeof one === 'function') &&
    numbers.every((one) => typeof one === 'number') &&
    streamBaseState instanceof Int32Array
  );
}
