/** How full a {@link ClientRoom} is. */
export interface Crowd {
  /** Who is served. */
  readonly clients: number;
  /** Who has connected, and waits until others leave. */
  readonly waiting: number;
  /** The limit of the system that all of it follows from. */
  readonly maxOpenFiles: number;
}

/**
 * Room for clients under the limit of the system on open files. All listeners of a process share one, as they share the
 * limit. Whoever accepts a client takes a place for it before it is served, and gives it back once.
 */
export interface ClientRoom {
  readonly crowd: Crowd;
  /** Takes a place, which is for the client and for a connection to a backend; false where there is none, or others wait. */
  tryEnter(): boolean;
  /** Gives a place back: its client's socket is closed. */
  leave(): void;
  /** Waits for a place, in turn: `onEntered` is called once, when it has been taken. False where too many wait. */
  tryWait(onEntered: () => void): boolean;
  /** Waits no more. Without effect where it has entered. */
  giveUp(onEntered: () => void): void;
}
