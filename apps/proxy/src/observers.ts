import type { Observer } from '@millpond/contracts';

type Event = keyof Observer;

/** Every event; the compiler sees to it that none is missing. */
const EVENTS = {
  connectionOpened: true,
  connectFailed: true,
  connectionClosed: true,
  waitEnded: true,
  exchangeEnded: true,
  probeEnded: true,
  backendStateChanged: true,
  backendAdded: true,
  backendRemoved: true,
  requestEnded: true,
  listenRetried: true,
  acceptFailed: true,
  handshakeFailed: true,
  clientWaits: true,
  connectionRefused: true,
} as const satisfies Record<Event, true>;

type Listener = (a: never, b: never, c: never, d: never) => void;

/**
 * One observer that tells several, of which none can keep an event from the others or harm who tells it.
 *
 * @param onThrown - told what an observer threw
 */
export function combineObservers(observers: readonly Observer[], onThrown: (error: unknown) => void): Observer {
  const combined: Record<string, Listener> = {};
  for (const event of Object.keys(EVENTS)) {
    if (!isEvent(event)) continue;
    const listeners = observers.flatMap((observer) => {
      const listener: Listener | undefined = observer[event];
      return listener === undefined ? [] : [listener.bind(observer)];
    });
    if (listeners.length > 0) combined[event] = tellAll(listeners, onThrown);
  }
  return combined;
}

/** Four parameters are the most that an event has; a rest parameter would make an array for each. */
function tellAll(listeners: readonly Listener[], onThrown: (error: unknown) => void): Listener {
  return (a, b, c, d) => {
    for (const listener of listeners) {
      try {
        listener(a, b, c, d);
      } catch (error) {
        onThrown(error);
      }
    }
  };
}

function isEvent(name: string): name is Event {
  return name in EVENTS;
}
