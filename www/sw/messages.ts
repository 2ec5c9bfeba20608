/** What the page tells its service worker. The answer on the port is 'kept'. */
export interface Message {
  /** The backend in use, whose engine is to be kept. */
  keep: string;
  /** The folder of the model in use, where it has one. */
  model?: string;
}
