import type { Latent, Progress, Soda } from 'soda-morph';
import { byId, icon, make } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Well } from '../../parts/well.js';
import { asSodaError } from '../../shell/engine.js';
import type { State } from '../../shell/router.js';
import { say } from '../../strings/common.js';
import type { App, Panel } from '../panel.js';
import { Film } from './film.js';
import { type Opening, loadOpening } from './opening.js';
import { animatedGif, download, stripPng } from './save.js';
import { StepClock } from './step-clock.js';

const SIDES = ['from', 'to'] as const;
type Side = (typeof SIDES)[number];
const FRAME_CHOICES = [9, 17, 33];
const SIZE_CHOICES = [64, 128, 256, 512];
const FRAMES = 9;

/** One picture becomes another. Every change ends the morph under way and begins the next. */
export async function makeMorph(_root: HTMLElement, app: App): Promise<Panel> {
  const opening = await loadOpening(app.pictures.gallery);
  return new Morph(app, opening);
}

class Morph implements Panel {
  readonly #app: App;
  readonly #film = new Film();
  readonly #wells: Record<Side, Well>;
  readonly #exact = byId('exact', HTMLInputElement);
  readonly #frames = choices('frames', FRAME_CHOICES, FRAMES);
  readonly #size = choices('size', SIZE_CHOICES, 256);
  readonly #saveButtons = [byId('save-png', HTMLButtonElement), byId('save-gif', HTMLButtonElement)] as const;
  readonly #opening: Opening | undefined;
  #run = new AbortController();
  /** What the film shows: pictures and settings, so that it is not painted twice. */
  #shown = '';
  /** The well that a paste goes to: the one last used. */
  #lastUsed: Side = 'to';

  constructor(app: App, opening: Opening | undefined) {
    this.#app = app;
    this.#opening = opening;
    this.#wells = { from: this.#well('from'), to: this.#well('to') };

    const swap = byId('swap', HTMLButtonElement);
    swap.append(icon('swap'));
    swap.addEventListener('click', () => {
      const { from, to } = this.#wells;
      const [a, b] = [from.pick, to.pick];
      if (!a || !b) return;
      from.show(b);
      to.show(a);
      this.#changed();
    });
    this.#exact.addEventListener('change', () => { this.#changed(); });
    this.#frames.addEventListener('change', () => { this.#changed(); });
    this.#saveButtons[0].addEventListener('click', () => void this.#save('png'));
    this.#saveButtons[1].addEventListener('click', () => void this.#save('gif'));

    const painted = opening?.frames ?? [];
    this.#film.reset(painted.length > 0 ? painted.length : FRAMES);
    painted.forEach((frame, i) => { this.#film.put(i, frame); });
    if (opening && painted.length > 0) {
      this.#shown = `${opening.from.id} ${opening.to.id}`;
      app.report.note(say.opening);
    }
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.#film.play();
  }

  show(state: State): void {
    for (const side of SIDES) this.#wells[side].show(this.#app.pictures.find(state[side]) ?? this.#firstPick(side));
    this.#exact.checked = state['exact'] === 'yes';
    this.#frames.value = FRAME_CHOICES.includes(Number(state['frames'])) ? String(state['frames']) : String(FRAMES);
    this.#film.names = this.#names();
    void this.#begin();
  }

  hide(): void {
    this.#run.abort();
    this.#film.pause();
  }

  ready(): void {
    void this.#begin();
  }

  paste(file: File, name: string): void {
    void this.#wells[this.#lastUsed].offer(file, name);
  }

  complain(message: string): void {
    this.#wells[this.#lastUsed].complain(message);
  }

  /** The picture that a state without any means. */
  #firstPick(side: Side): Pick | undefined {
    const { gallery } = this.#app.pictures;
    const [first, second] = gallery?.entries ?? [];
    const entry = gallery?.world === 'emoji' && this.#opening ? this.#opening[side] : side === 'from' ? first : second;
    return gallery && entry ? gallery.pick(entry) : undefined;
  }

  #well(side: Side): Well {
    const root = byId(side, HTMLDivElement);
    root.addEventListener('focusin', () => { this.#lastUsed = side; });
    const other = side === 'from' ? 'to' : 'from';
    return new Well(root, say.side[side], this.#app.pictures, () => { this.#changed(); }, ([file]) => {
      if (file) void this.#wells[other].offer(file, file.name);
    });
  }

  /** A person has changed something: a step that can be undone. */
  #changed(): void {
    const { from, to } = this.#wells;
    this.#app.router.commit({
      ...(from.pick && { from: from.pick.id }),
      ...(to.pick && { to: to.pick.id }),
      ...(this.#exact.checked && { exact: 'yes' }),
      ...(this.#frameCount !== FRAMES && { frames: String(this.#frameCount) }),
    });
    void this.#begin();
  }

  get #frameCount(): number {
    return Number(this.#frames.value);
  }

  async #begin(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    await this.#app.engine.work(signal, async (soda) => {
      const a = await this.#encode('from', soda, signal);
      const b = await this.#encode('to', soda, signal);
      if (a && b && !signal.aborted) await this.#paint(soda, a, b, signal);
    });
  }

  async #paint(soda: Soda, a: Latent, b: Latent, signal: AbortSignal): Promise<void> {
    const { report } = this.#app;
    const frames = this.#frameCount;
    const { from, to } = this.#wells;
    const pair = `${from.pick?.id ?? ''} ${to.pick?.id ?? ''}`;
    this.#film.reset(frames, this.#shown === pair);
    this.#shown = pair;
    this.#film.names = this.#names();
    this.#enableSaving();
    const clock = new StepClock();
    const onProgress = (progress: Progress): void => {
      clock.step(progress.done);
      report.progress(say.painting(Math.floor((progress.done / progress.total) * frames), frames), progress);
    };
    let index = 0;
    for await (const frame of soda.interpolate(a, b, { frames, signal, onProgress })) {
      if (signal.aborted) return;
      this.#film.put(index++, frame);
    }
    report.speed(clock.speed(frames));
    report.announce(say.done(this.#names().from, this.#names().to, frames));
    this.#enableSaving();
  }

  /** The latent of one side; undefined where its well is empty or its picture was refused. */
  async #encode(side: Side, soda: Soda, signal: AbortSignal): Promise<Latent | undefined> {
    const well = this.#wells[side];
    if (!well.pick) return undefined;
    const { report, pictures } = this.#app;
    try {
      const onProgress = (progress: Progress): void => { report.progress(say.progress(progress), progress); };
      return await pictures.encode(soda, well.pick, { invert: this.#exact.checked, signal, onProgress });
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (error.code !== 'input') throw error;
      well.complain(error.message);
      report.announce(say.stopped);
      return undefined;
    }
  }

  #names(): Record<Side, string> {
    const { from, to } = this.#wells;
    return { from: from.pick?.name ?? say.side.from, to: to.pick?.name ?? say.side.to };
  }

  #enableSaving(): void {
    for (const button of this.#saveButtons) button.disabled = !this.#film.complete;
  }

  async #save(kind: 'png' | 'gif'): Promise<void> {
    const { report } = this.#app;
    const size = Number(this.#size.value);
    const { from, to } = this.#names();
    const file = `soda ${from} to ${to}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-') + `.${kind}`;
    for (const button of this.#saveButtons) button.disabled = true;
    try {
      const blob = kind === 'png'
        ? await stripPng(this.#film.painted, size)
        : await animatedGif(this.#film.painted, size, (done, total) => { report.progress(say.savingGif(done, total), { stage: 'decode', done, total }); });
      download(blob, file);
      report.state('ready');
      report.announce(say.saved(file));
    } finally {
      this.#enableSaving();
    }
  }
}

function choices(id: string, values: readonly number[], chosen: number): HTMLSelectElement {
  const select = byId(id, HTMLSelectElement);
  select.append(...values.map((value) => make('option', { value: String(value), textContent: String(value), selected: value === chosen })));
  return select;
}
