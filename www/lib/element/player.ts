/** A pass from one end to the other, and how long each end stays. */
const PASS_MS = 1100;
const HOLD_MS = 600;

/**
 * A place between 0 and 1 that goes to and fro. It moves only while it plays, is seen, and has
 * something to show.
 */
export class Player {
  readonly #moved: (value: number) => void;
  readonly #toggled: (playing: boolean) => void;
  #value = 0;
  #playing = false;
  #visible = false;
  #ready = false;
  #direction: 1 | -1 = 1;
  #last = 0;
  #hold = 0;
  #request: number | undefined;

  constructor(moved: (value: number) => void, toggled: (playing: boolean) => void) {
    this.#moved = moved;
    this.#toggled = toggled;
  }

  get value(): number {
    return this.#value;
  }
  set value(value: number) {
    this.#value = Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0));
  }

  get playing(): boolean {
    return this.#playing;
  }
  set playing(playing: boolean) {
    if (playing === this.#playing) return;
    this.#playing = playing;
    this.#toggled(playing);
    this.#update();
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    this.#update();
  }
  set ready(ready: boolean) {
    this.#ready = ready;
    this.#update();
  }

  #update(): void {
    const runs = this.#playing && this.#visible && this.#ready;
    if (runs && this.#request === undefined) {
      this.#last = performance.now();
      this.#request = requestAnimationFrame(this.#tick);
    } else if (!runs && this.#request !== undefined) {
      cancelAnimationFrame(this.#request);
      this.#request = undefined;
    }
  }

  readonly #tick = (now: number): void => {
    this.#request = requestAnimationFrame(this.#tick);
    // After a pause of the whole page the way goes on, not on and on.
    const passed = Math.min(Math.max(0, now - this.#last), 100);
    this.#last = now;
    if (now < this.#hold) return;
    const next = this.#value + (this.#direction * passed) / PASS_MS;
    if (next >= 1 || next <= 0) {
      this.#direction = next >= 1 ? -1 : 1;
      this.#hold = now + HOLD_MS;
    }
    this.value = next;
    this.#moved(this.#value);
  };
}
