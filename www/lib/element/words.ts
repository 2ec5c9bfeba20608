/** What the element says. Assign to its fields to say it in another language. */
export const words = {
  slider: 'Position between the two pictures',
  play: 'Play',
  pause: 'Pause',
  /** The slider's value. */
  position: (percent: number): string => `${String(percent)} % of the way`,
  /** What the stage shows, where the element has no `label`. */
  stage: 'One picture becomes another',
  loading: 'Loading the model',
  ready: 'Ready',
  /** The button after an error. */
  retry: 'Try again',
  failed: (message: string): string => `The pictures could not be painted: ${message}`,
};
