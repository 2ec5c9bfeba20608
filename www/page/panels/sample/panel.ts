import type { Latent, Soda } from 'soda-morph';
import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { Onward, type Painted } from '../../shell/onward.js';
import type { Pick } from '../../parts/pictures.js';
import { anySeed } from '../../parts/random.js';
import { reach, roving } from '../../parts/roving.js';
import { Stage, drawScaled } from '../../parts/stage.js';
import type { Model } from '../../shell/engine.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { mixture, parentsOf } from './around.js';
import './sample.css';
import { paintedSide } from '../../parts/side.js';

const COUNTS = ['6', '12', '24', '48'] as const;
const VARIETIES = ['0.7', '1', '1.3'] as const;
const [COUNT, VARIETY, SEED] = ['12', '1', 1] as const;
const MOST_SEED = 0xffff_ffff;
/** Pictures a call: on the CPU each is shown as soon as it is there. */
const BATCH = { cpu: 1, webgpu: 4 } as const;

/** A new picture: where it comes from, and once it is painted what it looks like. */
interface Drawn {
  latent: Latent;
  origin: string;
  picture?: ImageData;
  pick?: Promise<Pick>;
}

/** New pictures from a seed, which the address keeps. */
export function makeSample(root: HTMLElement, app: App): Panel {
  return new Samples(root, app);
}

class Samples implements Panel {
  readonly #app: App;
  readonly #count = new Choice<string>(
    say.count,
    COUNTS.map((count) => [count, count]),
    COUNT,
    () => {
      this.#changed();
    },
  );
  readonly #variety = new Choice<string>(
    say.variety,
    VARIETIES.map((each) => [each, say.varieties[each]]),
    VARIETY,
    () => {
      this.#changed();
    },
  );
  readonly #seed = make('input', {
    type: 'number',
    min: '0',
    max: String(MOST_SEED),
    step: '1',
    inputMode: 'numeric',
    id: 'sample-seed',
  });
  readonly #source = make('p', { className: 'source' });
  readonly #switch = make('button', { type: 'button' });
  readonly #grid = make('div', { className: 'samples' });
  readonly #stage: Stage;
  readonly #origin = make('p', { className: 'hint' });
  readonly #onward: Onward;
  #drawn: Drawn[] = [];
  #chosen = 0;
  #run = new AbortController();
  /** What is on show, and by which model: not painted twice. */
  #shown: { key: string; soda: Soda } | undefined;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    const canvas = make('canvas', { width: 512, height: 512 });
    this.#stage = new Stage(canvas);
    this.#onward = new Onward(app, () => this.#painted());
    this.#grid.setAttribute('role', 'group');
    this.#grid.ariaLabel = say.grid;
    roving(this.#grid);
    this.#seed.addEventListener('change', () => {
      this.#changed();
    });
    this.#switch.addEventListener('click', () => {
      this.#useOther();
    });
    const roll = make('button', { type: 'button', className: 'primary', textContent: say.roll });
    roll.addEventListener('click', () => {
      this.#seed.value = String(anySeed());
      this.#changed();
    });
    const link = make('button', { type: 'button', className: 'plain', textContent: say.link });
    link.addEventListener('click', () => void this.#copyLink());
    const seed = make(
      'div',
      { className: 'choice' },
      make('label', { htmlFor: this.#seed.id, textContent: say.seed }),
      this.#seed,
    );
    const settings = make(
      'div',
      { className: 'settings' },
      this.#count.root,
      this.#variety.root,
      seed,
      roll,
      link,
    );
    settings.setAttribute('role', 'group');
    settings.ariaLabel = say.settings;
    const card = make('section', { className: 'card' }, canvas, this.#origin, this.#onward.root);
    card.ariaLabel = say.chosen;
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      settings,
      make('div', { className: 'origin' }, this.#source, this.#switch),
      make('div', { className: 'drawing' }, this.#grid, card),
    );
    this.#explain();
    this.#layOut();
  }

  show(state: State): void {
    const known = <T extends string>(
      values: readonly T[],
      value: string | undefined,
      otherwise: T,
    ): T => values.find((each) => each === value) ?? otherwise;
    this.#count.value = known(COUNTS, state['count'], COUNT);
    this.#variety.value = known(VARIETIES, state['variety'], VARIETY);
    const seed = Number(state['seed'] ?? SEED);
    this.#seed.value = String(
      Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED ? seed : SEED,
    );
    this.#chosen = Math.max(0, Math.min(this.#wanted, Number(state['number'] ?? 1)) - 1) || 0;
    void this.#begin();
  }

  hide(): void {
    this.#run.abort();
  }

  ready(): void {
    void this.#begin();
  }

  get #wanted(): number {
    return Number(this.#count.value);
  }

  get #seedValue(): number {
    const value = Math.round(Number(this.#seed.value));
    return Number.isFinite(value) ? Math.min(MOST_SEED, Math.max(0, value)) : SEED;
  }

  #changed(): void {
    this.#seed.value = String(this.#seedValue);
    this.#chosen = 0;
    this.#commit();
    void this.#begin();
  }

  #commit(replace = false): void {
    this.#app.router.commit(
      {
        ...(this.#count.value !== COUNT && { count: this.#count.value }),
        ...(this.#variety.value !== VARIETY && { variety: this.#variety.value }),
        seed: String(this.#seedValue),
        ...(this.#chosen > 0 && { number: String(this.#chosen + 1) }),
      },
      replace,
    );
  }

  async #begin(): Promise<void> {
    const { engine, report } = this.#app;
    const key = [this.#wanted, this.#variety.value, this.#seedValue].join(' ');
    if (this.#shown?.key === key && this.#shown.soda === engine.soda) {
      this.#choose(this.#chosen, false);
      return;
    }
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#explain();
    this.#drawn = [];
    this.#layOut();
    await engine.work(signal, async (soda) => {
      const count = this.#wanted;
      const seed = this.#seedValue;
      const ready = soda.config.prior
        ? await soda.draw({ count, seed, temperature: Number(this.#variety.value), signal })
        : undefined;
      for (let done = 0; done < count; done += BATCH[soda.backend]) {
        report.progress(say.painting(done, count), { stage: 'decode', done, total: count });
        const batch: Drawn[] = [];
        for (let i = done; i < Math.min(count, done + BATCH[soda.backend]); i++) {
          const latent = ready?.[i];
          const drawn = ready
            ? latent && { latent, origin: say.fromNoise(seed, i) }
            : await this.#between(soda, seed, i, signal);
          if (drawn) batch.push(drawn);
        }
        const pictures = await soda.decode(
          batch.map(({ latent }) => latent),
          { seed, size: paintedSide(soda.config), signal },
        );
        batch.forEach((drawn, i) => {
          const picture = pictures[i];
          if (picture) this.#put(done + i, { ...drawn, picture });
        });
      }
      this.#shown = { key, soda };
      report.announce(say.done(count, seed));
    });
  }

  /** A mixture of gallery pictures. */
  async #between(
    soda: Soda,
    seed: number,
    index: number,
    signal: AbortSignal,
  ): Promise<Drawn | undefined> {
    const { pictures, report } = this.#app;
    const { gallery } = pictures;
    if (!gallery) {
      report.trouble(say.noGallery);
      return undefined;
    }
    const parents = parentsOf(seed, index, gallery.entries.length)
      .flatMap((at) => gallery.entries[at] ?? [])
      .map((entry) => gallery.pick(entry));
    const latents: Latent[] = [];
    for (const parent of parents) latents.push(await pictures.encode(soda, parent, { signal }));
    return {
      latent: mixture(latents, seed, index, Number(this.#variety.value)),
      origin: say.between(parents.map(({ name }) => name)),
    };
  }

  /** What the pictures are drawn from, and the way to a model with a prior. */
  #explain(): void {
    const { soda, model } = this.#app.engine;
    this.#source.textContent = soda
      ? soda.config.prior
        ? say.prior
        : say.noPrior(model.name)
      : say.waiting;
    const other = this.#other;
    this.#switch.hidden = !soda || soda.config.prior || other === undefined;
    if (other) this.#switch.textContent = say.switchTo(other.name);
  }

  /** A model that comes with the page, of the same world if there is one: those have a prior. */
  get #other(): Model | undefined {
    const { engine, models } = this.#app;
    const shipped = models.all.filter(
      ({ id, guessed }) => guessed !== true && id !== engine.model.id,
    );
    return shipped.find(({ world }) => world === engine.model.world) ?? shipped[0];
  }

  #useOther(): void {
    const { router } = this.#app;
    const other = this.#other;
    if (other) router.go('sample', { ...router.place.state, model: other.id });
  }

  #layOut(): void {
    this.#onward.enabled = false;
    this.#origin.textContent = '';
    this.#grid.replaceChildren(
      ...Array.from({ length: this.#wanted }, (_, i) => {
        const tile = make(
          'button',
          { type: 'button', className: 'tile', disabled: true },
          make('canvas', { width: 1, height: 1 }),
        );
        tile.ariaLabel = say.tile(i, this.#wanted);
        tile.addEventListener('click', () => {
          this.#choose(i, true);
        });
        return tile;
      }),
    );
    reach(this.#grid, this.#chosen);
  }

  #put(index: number, drawn: Drawn): void {
    this.#drawn[index] = drawn;
    const tile = this.#grid.children[index];
    const canvas = tile?.firstElementChild;
    if (
      !(tile instanceof HTMLButtonElement) ||
      !(canvas instanceof HTMLCanvasElement) ||
      !drawn.picture
    )
      return;
    canvas.width = drawn.picture.width;
    canvas.height = drawn.picture.height;
    drawScaled(canvas, drawn.picture);
    tile.disabled = false;
    if (index === this.#chosen) this.#choose(index, false);
  }

  #choose(index: number, byHand: boolean): void {
    this.#chosen = index;
    [...this.#grid.children].forEach((tile, i) => {
      tile.setAttribute('aria-pressed', String(i === index));
    });
    reach(this.#grid, index);
    const drawn = this.#drawn[index];
    if (!drawn?.picture) return;
    this.#stage.draw(drawn.picture);
    this.#stage.label = say.tile(index, this.#wanted);
    this.#origin.textContent = drawn.origin;
    this.#onward.enabled = true;
    if (byHand) this.#commit(true);
  }

  #painted(): Painted | undefined {
    const drawn = this.#drawn[this.#chosen];
    const { soda } = this.#app.engine;
    if (!drawn?.picture || !soda) return undefined;
    const { picture, latent } = drawn;
    const name = say.name(this.#seedValue, this.#chosen);
    return {
      picture,
      name,
      pick: () => (drawn.pick ??= this.#app.pictures.painted(soda, picture, name, latent)),
    };
  }

  async #copyLink(): Promise<void> {
    this.#commit(true);
    await navigator.clipboard.writeText(location.href).then(
      () => {
        this.#app.report.announce(say.linkCopied);
      },
      () => {
        this.#app.report.announce(say.linkFailed);
      },
    );
  }
}
