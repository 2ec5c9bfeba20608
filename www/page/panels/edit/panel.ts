import type { Latent, Soda } from 'soda-morph';
import { make } from '../../parts/dom.js';
import { holdButton } from '../../parts/hold-button.js';
import { Live } from '../../shell/live.js';
import { Onward, type Painted } from '../../shell/onward.js';
import type { Pick } from '../../parts/pictures.js';
import { Stage } from '../../parts/stage.js';
import { Well } from '../../parts/well.js';
import { encodePick } from '../../shell/encoding.js';
import { readConfig } from '../../shell/model-config.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { AdvancedSection } from './advanced-section.js';
import { ArithmeticSection, MixSection } from './blend-section.js';
import { DirectionsSection } from './directions-section.js';
import {
  type Edits,
  type Patch,
  UNEDITED,
  compose,
  decodeOptions,
  fitting,
  fromState,
  needs,
  patched,
  toState,
} from './edits.js';
import './edit.css';
import { findDirections } from './find-directions.js';
import { LearnSection } from './learn-section.js';
import { NamedSection, namedVectors } from './named-section.js';
import type { Direction } from './principal.js';
import { ViewsSection, VariationsSection } from './restyle-section.js';
import type { Scene, Section } from './section.js';
import { Thumbs } from './thumbs.js';

/** Of which run of changes one is a part: a key that is held moves one slider many times. */
function runOf(patch: Patch): string {
  const sliders = ['amounts', 'guidance', 'levels', 'split'] as const;
  const moved = sliders.filter((key) => key in patch);
  return moved.length === 0
    ? ''
    : `${moved.join(' ')} ${Object.keys(patch.amounts ?? {}).join(' ')}`;
}

/** One picture, and everything that its code can be moved by. */
export function makeEdit(root: HTMLElement, app: App): Panel {
  return new Edit(root, app);
}

class Edit implements Panel {
  readonly #app: App;
  readonly #well: Well;
  readonly #exact = make('input', { type: 'checkbox' });
  readonly #stage: Stage;
  readonly #live: Live;
  readonly #onward: Onward;
  readonly #directions: DirectionsSection;
  readonly #sections: readonly Section[];
  readonly #thumbs: Thumbs;
  #edits = UNEDITED;
  #run = new AbortController();
  /** Of the picture and of those that edits need, for the model of now. */
  #latents = new Map<string, Latent>();
  #vectors = new Map<string, Float32Array>();
  #found: { soda: Soda; directions: readonly Direction[] } | undefined;
  /** What the stage shows. */
  #shown = '';
  #painted: { picture: ImageData; latent: Latent; pick?: Promise<Pick> } | undefined;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    const canvas = make('canvas', { width: 512, height: 512 });
    this.#stage = new Stage(canvas);
    this.#live = new Live(app.engine, {
      show: (picture, fine) => {
        this.#show(picture, fine);
      },
      followed: (ms) => {
        app.report.aside(say.follows(ms));
      },
      options: () => decodeOptions(this.#edits),
    });
    const well = make('div');
    this.#well = new Well(well, say.picture, app.pictures, () => {
      this.#pictureChanged();
    });
    this.#exact.addEventListener('change', () => {
      this.#change({ exact: this.#exact.checked }, true);
    });
    const change = (patch: Patch, resting: boolean): void => {
      this.#change(patch, resting);
    };
    this.#directions = new DirectionsSection(change);
    this.#sections = [
      new NamedSection(change),
      this.#directions,
      new LearnSection(app.pictures, change),
      new ArithmeticSection(app.pictures, change),
      new MixSection(app.pictures, change),
      new ViewsSection(change),
      new VariationsSection(change, () => void this.#paintThumbs()),
      new AdvancedSection(change),
    ];
    this.#thumbs = new Thumbs(app.engine, this.#live, this.#sections);
    for (const { root: section } of this.#sections)
      section.addEventListener('toggle', () => void this.#paintThumbs());
    this.#onward = new Onward(app, () => this.#result(), { edit: false });
    const reset = make('button', { type: 'button', className: 'plain', textContent: say.reset });
    reset.addEventListener('click', () => {
      this.#change(
        {
          ...Object.fromEntries(Object.keys(this.#edits).map((key) => [key, undefined])),
          ...UNEDITED,
        },
        true,
      );
    });
    const compare = this.#holdOriginal();
    const exact = make(
      'label',
      { className: 'check' },
      this.#exact,
      make(
        'span',
        {},
        make('b', { textContent: say.exact }),
        make('small', { textContent: say.exactHint }),
      ),
    );
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      make(
        'div',
        { className: 'editing' },
        make(
          'div',
          { className: 'subject' },
          canvas,
          well,
          make('div', { className: 'about' }, compare, exact, reset),
          this.#onward.root,
        ),
        make(
          'div',
          { className: 'sections' },
          ...this.#sections.map(({ root: section }) => section),
        ),
      ),
    );
  }

  show(state: State): void {
    const { gallery } = this.#app.pictures;
    const first = gallery?.entries[0];
    this.#well.show(this.#app.pictures.find(state['picture']) ?? (first && gallery.pick(first)));
    this.#edits = fromState(state);
    this.#takeAll();
    void this.#begin();
  }

  hide(): void {
    this.#run.abort();
    this.#thumbs.stop();
    this.#live.cancel();
  }

  ready(): void {
    this.#takeAll();
    void this.#begin();
  }

  paste(file: File, name: string): void {
    void this.#well.offer(file, name);
  }

  complain(message: string): void {
    this.#well.complain(message);
  }

  #pictureChanged(): void {
    this.#commit();
    void this.#begin();
  }

  #change(patch: Patch, resting: boolean): void {
    this.#edits = patched(this.#edits, patch);
    if (resting) {
      this.#commit(runOf(patch));
      this.#takeAll();
      void this.#begin();
    } else this.#repaint();
  }

  #commit(run = ''): void {
    this.#app.router.commit(
      { ...(this.#well.pick && { picture: this.#well.pick.id }), ...toState(this.#edits) },
      false,
      run,
    );
  }

  #takeAll(): void {
    const { soda } = this.#app.engine;
    if (soda) this.#edits = fitting(this.#edits, soda.config);
    this.#exact.checked = this.#edits.exact;
    for (const section of this.#sections) section.take(this.#edits, this.#app.engine.soda?.config);
  }

  /**
   * Encodes what is needed, paints, looks for directions, and then paints what the sliders would
   * do.
   */
  async #begin(): Promise<void> {
    this.#run.abort();
    this.#thumbs.stop();
    this.#run = new AbortController();
    const { signal } = this.#run;
    const { engine, report } = this.#app;
    const done = await engine.work(signal, async (soda) => {
      if (this.#found?.soda !== soda) this.#shown = '';
      const { pick } = this.#well;
      const base = pick && (await this.#encode(soda, pick, this.#edits.exact, signal));
      if (!pick || !base) return false;
      const latents = new Map([['base', base]]);
      for (const id of needs(this.#edits)) {
        const other = this.#app.pictures.find(id);
        const latent = other && (await this.#encode(soda, other, false, signal));
        if (latent) latents.set(id, latent);
      }
      this.#latents = latents;
      const principal = this.#found?.soda === soda ? this.#found.directions : [];
      this.#vectors = new Map([
        ...principal.map(({ key, vector }) => [key, vector] as const),
        ...namedVectors(soda.config, base),
      ]);
      // A slider that is set already needs its direction first.
      if (Object.keys(this.#edits.amounts).length > 0) await this.#find(soda, signal);
      this.#repaint();
      await this.#live.quiet();
      await this.#find(soda, signal);
      report.announce(say.done(say.edited(pick.name)));
      return true;
    });
    if (done) await this.#paintThumbs();
  }

  async #find(soda: Soda, signal: AbortSignal): Promise<void> {
    if (this.#found?.soda === soda) return;
    const directions = await findDirections(this.#app, soda, signal, (done, total) => {
      this.#directions.finding = say.finding(done, total);
      this.#app.report.progress(say.finding(done, total), { stage: 'encode', done, total });
    });
    // What its groups hold, if the model was made of blobs; config.json says so.
    const config = await readConfig(this.#app.engine.model).catch(() => undefined);
    if (signal.aborted) return;
    this.#found = { soda, directions };
    for (const { key, vector } of directions) this.#vectors.set(key, vector);
    this.#directions.show(directions, config?.model?.blobs !== undefined);
  }

  /** The latent of a picture; undefined where it was refused, which is said in its well. */
  #encode(
    soda: Soda,
    pick: Pick,
    invert: boolean,
    signal: AbortSignal,
  ): Promise<Latent | undefined> {
    return encodePick(this.#app, soda, pick, { invert, signal }, (message) => {
      this.#well.complain(message);
    });
  }

  #composed(edits: Edits): Latent | undefined {
    const base = this.#latents.get('base');
    return (
      base &&
      compose(
        base,
        edits,
        (id) => this.#latents.get(id),
        (key) => this.#vectors.get(key),
      )
    );
  }

  /** Paints the edited picture, unless that is what the stage shows. */
  #repaint(): void {
    const key = `${this.#baseKey} ${JSON.stringify(this.#edits)} ${String(this.#vectors.size)}`;
    const latent = this.#composed(this.#edits);
    if (key === this.#shown || !latent) return;
    this.#shown = key;
    this.#live.move(() => latent);
  }

  get #baseKey(): string {
    return `${this.#well.pick?.id ?? ''} ${String(this.#edits.exact)} ${this.#app.engine.model.id}`;
  }

  #show(picture: ImageData, fine: boolean): void {
    this.#stage.draw(picture);
    this.#stage.label = say.stage(this.#well.pick?.name ?? say.picture);
    const latent = this.#composed(this.#edits);
    this.#painted = fine && latent ? { picture, latent } : undefined;
    this.#onward.enabled = fine;
  }

  /** Held it shows the picture as it was given. */
  #holdOriginal(): HTMLButtonElement {
    let covered: ImageData | undefined;
    return holdButton(say.before, (held) => {
      const { pick } = this.#well;
      if (!held) {
        if (covered) this.#stage.draw(covered);
        covered = undefined;
      } else if (pick) {
        covered = this.#stage.pixels;
        const image = new Image();
        image.src = pick.url;
        image.decode().then(
          () => {
            if (covered) this.#stage.cover(image);
          },
          () => undefined,
        );
      }
    });
  }

  #result(): Painted | undefined {
    const { soda } = this.#app.engine;
    const painted = this.#painted;
    if (!painted || !soda) return undefined;
    const { picture, latent } = painted;
    const name = say.edited(this.#well.pick?.name ?? say.picture);
    return {
      picture,
      name,
      pick: () => (painted.pick ??= this.#app.pictures.painted(soda, picture, name, latent)),
    };
  }

  /** Paints the small pictures of open sections. */
  #paintThumbs(): Promise<void> {
    return this.#thumbs.paint((config) => {
      const base = this.#latents.get('base');
      if (!base || this.#run.signal.aborted) return undefined;
      const edits = this.#edits;
      const scene: Scene = {
        config,
        base,
        baseKey: this.#baseKey,
        edits,
        composed: (patch) => this.#composed(patched(edits, patch)) ?? base,
        options: (patch) => decodeOptions(patched(edits, patch)),
      };
      return scene;
    });
  }
}
