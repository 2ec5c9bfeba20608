/** What the page tells its service worker. */
export type Message =
  /**
   * Keep what the page needs to work offline: the engine of the backend in use, and the folder of
   * the model in use, where it has one. The answer on the port is 'kept', or 'not kept' where
   * something is missing or there is no room.
   */
  | { keep: string; model?: string }
  /** A person wants the version of the page that waits. */
  | { takeOver: true };

export type Answer = 'kept' | 'not kept';
