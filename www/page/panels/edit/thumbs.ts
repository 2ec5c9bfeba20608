import type { Engine } from '../../shell/engine.js';
import type { Live } from '../../shell/live.js';
import { drawScaled } from '../../parts/stage.js';
import type { Scene, Section } from './section.js';

/** The small pictures of open sections, which show what each thing would do. */
export class Thumbs {
  readonly #engine: Engine;
  readonly #live: Live;
  readonly #sections: readonly Section[];
  /** What each of them shows. */
  readonly #keys = new WeakMap<HTMLCanvasElement, string>();
  #run = new AbortController();

  constructor(engine: Engine, live: Live, sections: readonly Section[]) {
    this.#engine = engine;
    this.#live = live;
    this.#sections = sections;
  }

  stop(): void {
    this.#run.abort();
  }

  /**
   * Paints those that show something else by now, one by one, whenever no hand wants the stage.
   * `scene` is asked for once the engine is free; there may be none then.
   */
  async paint(scene: (config: Scene['config']) => Scene | undefined): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    await this.#engine.work(signal, async (soda) => {
      const from = scene(soda.config);
      if (!from) return;
      const wanted = this.#sections
        .filter(({ root }) => root.open && !root.hidden)
        .flatMap((section) => section.thumbs?.(from) ?? []);
      for (const { key, canvas, latent, options, painted } of wanted) {
        if (this.#keys.get(canvas) === key) continue;
        await this.#live.quiet();
        const [picture] = await soda.decode(latent(), { ...options, signal });
        if (!picture) continue;
        [canvas.width, canvas.height] = [picture.width, picture.height];
        drawScaled(canvas, picture);
        canvas.dataset['painted'] = '';
        this.#keys.set(canvas, key);
        painted?.(picture);
      }
    });
  }
}
