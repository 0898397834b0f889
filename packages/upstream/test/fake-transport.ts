import type { Backend, Connection } from '@millpond/contracts';

/** A connection to nowhere. */
export class FakeConnection implements Connection {
  readonly capacity = 1;
  readonly backend: Backend;
  isReusable = true;
  isClosed = false;
  #onIdleClose: () => void = () => {};

  constructor(backend: Backend) {
    this.backend = backend;
  }

  onIdleClose(listener: () => void): void {
    this.#onIdleClose = listener;
  }

  close(): void {
    this.isReusable = false;
    this.isClosed = true;
  }

  /** As when the backend closes it. */
  die(): void {
    this.isReusable = false;
    this.#onIdleClose();
  }
}

/** What happens to a dial: it is answered, refused, or left without an answer. */
export type DialFate = 'answered' | 'refused' | 'ignored' | 'out of descriptors';

/** Dials as the test says, without sockets. */
export class FakeTransport {
  /** By the id of the backend; the others are answered. */
  readonly fates = new Map<string, DialFate>();
  readonly connections: FakeConnection[] = [];
  /** Ids of the backends in the order of the dials. */
  readonly dials: string[] = [];

  async connect(backend: Backend, { signal }: { readonly signal: AbortSignal }): Promise<FakeConnection> {
    this.dials.push(backend.id);
    const fate = this.fates.get(backend.id) ?? 'answered';
    if (fate === 'refused') throw new Error(`${backend.id} refused`);
    if (fate === 'out of descriptors') {
      const cause = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
      throw new Error('no connection', { cause });
    }
    if (fate === 'ignored') await rejectOnAbort(signal);
    const connection = new FakeConnection(backend);
    this.connections.push(connection);
    return connection;
  }

  get open(): FakeConnection[] {
    return this.connections.filter(({ isClosed }) => !isClosed);
  }
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
