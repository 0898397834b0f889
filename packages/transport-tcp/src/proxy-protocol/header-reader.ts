import type { Socket } from 'node:net';
import type { Clock, Frontend } from '@millpond/contracts';
import { resetSocket } from '../socket/reset-socket.ts';
import { Roster } from '../roster.ts';
import { TrustedProxies } from '../trusted-proxies.ts';
import { ProxyHeaderFault } from './header.ts';
import { ProxyHeaderParser, type ParsedProxyHeader } from './parser.ts';

/** Whose headers are believed, and how long they may take. */
export interface ProxyHeaderAcceptance {
  readonly trusted: TrustedProxies;
  /** Milliseconds until a header must be whole; 0 for no limit. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** How a frontend wants to be told of its clients; undefined for one that is not told. */
export function frontendProxyProtocol(
  frontend: Pick<Frontend, 'address' | 'proxyProtocol' | 'timeouts' | 'trustedProxies'>,
): ProxyHeaderAcceptance | undefined {
  const { address, proxyProtocol, timeouts, trustedProxies = [] } = frontend;
  if (proxyProtocol === undefined) return undefined;
  const trusted = new TrustedProxies(trustedProxies, 'path' in address);
  return { trusted, ...(timeouts && { timeoutMs: timeouts.headerMs }) };
}

/** Who is told what becomes of a connection. */
export interface ProxyHeaderListener {
  /** The header has come. The socket is paused, and belongs to the listener from now on. */
  onHeader(parsed: ParsedProxyHeader): void;
  /** None has come, or none that is believed; the connection is closed. @param reason - a sentence for operators */
  onFailed(reason: string): void;
}

/**
 * Has every client that connects begin with a header of the PROXY protocol, each within its time, and refuses those who
 * may not speak for others. It reads sockets by events, once, before they are made fast or secure.
 */
export class ProxyHeaderReader {
  readonly #clock: Pick<Clock, 'setTimeout' | 'clear'>;
  readonly #trusted: TrustedProxies;
  readonly #timeoutMs: number;
  /** What cuts off each whose header is not whole yet. */
  readonly #pending = new Roster<() => void>();

  constructor({ trusted, timeoutMs = 10_000 }: ProxyHeaderAcceptance, clock: Pick<Clock, 'setTimeout' | 'clear'>) {
    this.#clock = clock;
    this.#trusted = trusted;
    this.#timeoutMs = timeoutMs;
  }

  /** A client has connected; its socket is paused, and half-open allowed. */
  read(socket: Socket, listener: ProxyHeaderListener): void {
    if (!this.#trusted.trusts(socket.remoteAddress ?? '')) {
      resetSocket(socket);
      listener.onFailed('It is none of `trustedProxies`, and they alone may connect here.');
      return;
    }
    const parser = new ProxyHeaderParser();
    const fail = (reason: string): void => {
      end();
      socket.destroy();
      listener.onFailed(reason);
    };
    const onData = (chunk: Buffer): void => {
      try {
        const parsed = parser.push(chunk);
        if (parsed === undefined) return;
        end();
        socket.pause();
        listener.onHeader(parsed);
      } catch (error) {
        if (!(error instanceof ProxyHeaderFault)) throw error;
        fail(`Its header of the PROXY protocol is malformed: ${error.message}.`);
      }
    };
    const onGone = (): void => fail('It went away before its header of the PROXY protocol was whole.');
    const onTimeout = (): void => fail(`Its header of the PROXY protocol took longer than ${this.#timeoutMs} ms.`);
    const timer = this.#timeoutMs > 0 ? this.#clock.setTimeout(onTimeout, this.#timeoutMs) : undefined;
    const end = (): void => {
      this.#pending.remove(seat);
      if (timer !== undefined) this.#clock.clear(timer);
      socket.off('data', onData).off('end', onGone).off('close', onGone).off('error', IGNORE);
    };
    const seat = this.#pending.add(() => {
      end();
      socket.destroy();
    });
    socket.on('data', onData).on('end', onGone).on('close', onGone).on('error', IGNORE).resume();
  }

  /** Cuts off whoever has not said its header yet. */
  close(): void {
    this.#pending.forEach((cutOff) => cutOff());
  }
}

/** A 'close' follows. */
const IGNORE = (): void => undefined;
