import type { SecureContext } from 'node:tls';
import { binding, nodeHandles, type ByteHandle, type SocketHandle } from '../socket/node-handles.ts';

/**
 * The TLS that Node puts between a handle and whoever reads and writes: what its TLSSocket is made of, without the two
 * streams around it, which cost as much as half of a handshake. Not documented, and the same on Node 20 to 26.
 *
 * Node aborts the process if a write is begun before the last one has ended, and forgets a handle that nobody holds.
 */
export interface TlsHandle extends ByteHandle {
  /** What OpenSSL says when the other side asks for another handshake, too. */
  onhandshakestart: () => void;
  /** Called from within OpenSSL: nothing may be closed or written there. */
  onhandshakedone: () => void;
  /** The certificate can be chosen; {@link TlsHandle.certCbDone} goes on. Only after {@link TlsHandle.enableCertCb}. */
  oncertcb: (hello: { readonly servername?: string | false }) => void;
  onclienthello: () => void;
  onnewsession: () => void;
  onerror: (error: Error) => void;
  /** The context that is chosen: Node's own part of it. */
  sni_context?: unknown;
  enableCertCb(): void;
  certCbDone(): void;
  setVerifyMode(asksForCertificate: boolean, refusesWithout: boolean): void;
  /** @param protocols - as in RFC 7301 §3.1, without the length of all */
  setALPNProtocols(protocols: Buffer): void;
  getServername(): string | false | undefined;
  /** What is wrong with the certificate of the other side. */
  verifyError(): (Error & { readonly code?: string }) | null;
  /** Also empties OpenSSL's queue of errors: what it says of a certificate stays there, and would count as the next read's. */
  getPeerX509Certificate(): unknown;
  /** Frees what OpenSSL holds. Not from within OpenSSL. */
  destroySSL(): void;
}

type Wrap = (handle: SocketHandle, context: unknown, isServer: boolean, hasWrites: boolean) => TlsHandle;

const METHODS = [
  'enableCertCb',
  'certCbDone',
  'setVerifyMode',
  'setALPNProtocols',
  'getServername',
  'verifyError',
  'getPeerX509Certificate',
  'destroySSL',
  'useUserBuffer',
];

const wrap: Wrap | undefined = find();

/** Whether there are any. */
export const hasTlsHandles: boolean = wrap !== undefined;

/** The server's side of TLS on a handle; the first to be called of it is `readStart`. There must be {@link hasTlsHandles}. */
export function serveTls(handle: SocketHandle, { context }: SecureContext): TlsHandle {
  if (wrap === undefined) throw new TypeError('This Node.js has no bare handles for TLS.');
  const tls = wrap(handle, context, true, false);
  tls.onhandshakestart = nothing;
  tls.onclienthello = nothing;
  tls.onnewsession = nothing;
  return tls;
}

function nothing(): void {}

function find(): Wrap | undefined {
  if (nodeHandles === undefined) return undefined;
  try {
    const { wrap: found, TLSWrap }: { wrap?: Wrap; TLSWrap?: { readonly prototype: object } } = binding('tls_wrap');
    const isWhole = METHODS.every((name) => typeof Reflect.get(TLSWrap?.prototype ?? {}, name) === 'function');
    return isWhole ? found : undefined;
  } catch {
    return undefined;
  }
}
