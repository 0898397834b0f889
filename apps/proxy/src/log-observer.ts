import type {
  BackendRef,
  BackendStateChange,
  ConnectionRefusal,
  Logger,
  Observer,
  RequestEnd,
} from '@millpond/contracts';

/** Writes what an operator wants to know at night: who comes and goes, and why. Requests only when asked to. */
export class LogObserver implements Observer {
  readonly requestEnded?: (end: RequestEnd) => void;
  readonly #logger: Logger;

  /** @param access - whether every request, or TCP connection, gets a line */
  constructor(logger: Logger, access: boolean) {
    this.#logger = logger;
    if (access) this.requestEnded = (end) => this.#access(end);
  }

  backendStateChanged({ upstream, backend }: BackendRef, change: BackendStateChange): void {
    const { state, previous, usable, reason } = change;
    const fields = { upstream, backend: backend.id, state, previous, usable, reason };
    if (usable) this.#logger.info(fields, 'Backend may be used again');
    else this.#logger.warn(fields, 'Backend may not be used');
  }

  backendAdded({ upstream, backend }: BackendRef): void {
    this.#logger.debug({ upstream, backend: backend.id }, 'Backend added');
  }

  backendRemoved({ upstream, backend }: BackendRef): void {
    this.#logger.debug({ upstream, backend: backend.id }, 'Backend removed');
  }

  connectFailed({ upstream, backend }: BackendRef, error: unknown): void {
    this.#logger.debug({ upstream, backend: backend.id, err: error }, 'Cannot connect');
  }

  listenRetried(address: string, error: unknown, delayMs: number): void {
    this.#logger.warn(
      { address, error: messageOf(error), retryInMs: Math.round(delayMs) },
      'Port is busy, trying again',
    );
  }

  acceptFailed(address: string, error: unknown): void {
    this.#logger.error({ address, err: error }, 'Cannot accept connections');
  }

  handshakeFailed(address: string, error: unknown): void {
    this.#logger.debug({ address, error: messageOf(error) }, 'TLS handshake failed');
  }

  connectionRefused(address: string, refusal: ConnectionRefusal): void {
    this.#logger.debug({ address, ...refusal }, 'Client refused');
  }

  #access({ backend, ...end }: RequestEnd): void {
    this.#logger.info({ ...end, backend: backend?.id }, 'Request');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
