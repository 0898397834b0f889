import type { Observer } from '@millpond/contracts';

const EVENTS = [
  'connectionOpened',
  'connectFailed',
  'connectionClosed',
  'waitEnded',
  'exchangeEnded',
  'probeEnded',
  'backendStateChanged',
  'backendAdded',
  'backendRemoved',
  'requestEnded',
  'listenRetried',
  'acceptFailed',
] as const satisfies readonly (keyof Observer)[];

type Listener = (a: never, b: never, c: never, d: never) => void;

/** One observer that tells several. An event that only one of them wants costs one call, and none allocates. */
export function combineObservers(observers: readonly Observer[]): Observer {
  const combined: Record<string, Listener> = {};
  for (const event of EVENTS) {
    const listeners = observers.flatMap((observer) => {
      const listener: Listener | undefined = observer[event];
      return listener === undefined ? [] : [listener.bind(observer)];
    });
    const [first] = listeners;
    if (first === undefined) continue;
    combined[event] = listeners.length === 1 ? first : tellAll(listeners);
  }
  return combined;
}

/** Four parameters are the most that an event has; a rest parameter would make an array for each. */
function tellAll(listeners: readonly Listener[]): Listener {
  return (a, b, c, d) => {
    for (const listener of listeners) listener(a, b, c, d);
  };
}
