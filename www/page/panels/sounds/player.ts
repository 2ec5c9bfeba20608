import { RATE } from 'soda-morph/sound';

/** The loudest that is played: sounds that were made may be louder than 1. */
const LOUDEST = 0.9;
/** Longer than its length and this no sound takes, in milliseconds. */
const PATIENCE_MS = 1500;

/** Plays one sound at a time, and only when a person presses something. */
export class Player {
  #context: AudioContext | undefined;
  #end: () => void = () => undefined;

  /** Asks for the loudspeakers; to be called while a press is handled. */
  wake(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  /**
   * Plays samples at 16 kHz; what is playing stops. True when it has come to its end, false when it
   * was stopped.
   *
   * @throws Error where the browser lets nothing be heard
   */
  async play(samples: Float32Array<ArrayBuffer>): Promise<boolean> {
    this.stop();
    const context = (this.#context ??= new AudioContext());
    const buffer = context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const gain = new GainNode(context, { gain: LOUDEST / Math.max(LOUDEST, loudest) });
    source.connect(gain).connect(context.destination);
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => {
          end();
          if (context.state === 'running') resolve(true);
          else reject(new Error('suspended'));
        },
        (1000 * samples.length) / RATE + PATIENCE_MS,
      );
      const end = (): void => {
        clearTimeout(late);
        source.disconnect();
        gain.disconnect();
      };
      this.#end = () => {
        source.stop();
        end();
        resolve(false);
      };
      source.addEventListener('ended', () => {
        end();
        resolve(true);
      });
      source.start();
    });
  }

  /** Ends what is playing. */
  stop(): void {
    this.#end();
    this.#end = () => undefined;
  }

  /** Gives the loudspeakers back until something is played. */
  close(): void {
    this.stop();
    void this.#context?.close();
    this.#context = undefined;
  }
}
