import './teach.css';
import type { Soda } from 'soda-morph';
import { make } from '../../parts/dom.js';
import { toBlob } from '../../parts/pictures.js';
import { asSodaError } from '../../shell/engine.js';
import type { Compared } from '../../shell/kept.js';
import type { State } from '../../shell/router.js';
import { say } from '../../strings/teach.js';
import type { App, Panel } from '../panel.js';
import { Album } from './album.js';
import { Lesson, type Outcome, gain, smallerBatch } from './lesson.js';
import { ProgressView } from './progress.js';
import { ResultView } from './result.js';

/** The model learns a person's pictures, and what it has become is kept. */
export function makeTeach(root: HTMLElement, app: App): Panel {
  return new Teach(root, app);
}

interface Plan {
  name: string;
  steps: number;
  batch?: number;
}

class Teach implements Panel {
  readonly #app: App;
  readonly #album: Album;
  readonly #progress: ProgressView;
  readonly #result: ResultView;
  #lesson: { lesson: Lesson; plan: Plan } | undefined;
  /** A lesson to begin anew as soon as the model is there again. */
  #again: Plan | undefined;
  #hidden = false;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#album = new Album(app.pictures, () => { this.#commit(); }, (plan) => { this.#begin(plan); });
    this.#progress = new ProgressView({
      pause: () => { this.#lesson?.lesson.pause(); },
      goOn: () => void this.#learn(),
      finish: () => void this.#finish(),
      cancel: () => { this.#cancel(); },
    });
    this.#result = new ResultView(app);
    root.append(
      make('div', { className: 'intro' }, make('h1', { textContent: say.title }), make('p', { textContent: say.lede })),
      this.#progress.root, this.#result.root, this.#album.root);
    app.models.onChange(() => { this.#showModel(); });
  }

  show(state: State): void {
    this.#hidden = false;
    const picks = (state['pictures'] ?? '').split('.').map((id) => this.#app.pictures.find(id)).filter((pick) => pick !== undefined);
    if (picks.map(({ id }) => id).join() !== this.#album.picks.map(({ id }) => id).join()) this.#album.show(picks);
    this.#showModel();
    if (this.#app.engine.soda) this.#resume();
  }

  hide(): void {
    this.#hidden = true;
    this.#lesson?.lesson.pause();
  }

  ready(): void {
    this.#showModel();
    this.#resume();
  }

  paste(file: File): void {
    void this.#album.offer(file);
  }

  complain(message: string): void {
    this.#album.complain(message);
  }

  #commit(): void {
    const pictures = this.#album.picks.map(({ id }) => id).join('.');
    this.#app.router.commit(pictures === '' ? {} : { pictures });
  }

  #showModel(): void {
    const { engine, models } = this.#app;
    this.#album.base = engine.soda ? engine.model.name : undefined;
    this.#album.root.hidden = this.#lesson !== undefined;
    void this.#result.show(this.#lesson ? undefined : models.about(engine.model.id));
  }

  /** After the engine had to start anew. */
  #resume(): void {
    const plan = this.#again;
    this.#again = undefined;
    if (plan) this.#begin(plan);
  }

  #begin(plan: Plan): void {
    const { soda } = this.#app.engine;
    if (!soda || this.#lesson) return;
    const lesson = new Lesson(soda, this.#album.picks, plan, {
      onProgress: (progress) => { this.#app.report.progress(this.#progress.root.dataset['stage'] === 'comparing' ? say.comparing : say.preparing, progress); },
      onStep: (event, left) => {
        this.#progress.step(event, left);
        this.#app.report.progress(`${say.step(event.step, event.steps)} · ${say.left(left)}`, { stage: 'train', done: event.step, total: event.steps });
      },
      onPreview: (pictures) => { this.#progress.preview(pictures); },
    });
    this.#lesson = { lesson, plan };
    this.#progress.open(lesson);
    this.#showModel();
    this.#progress.root.scrollIntoView({ block: 'nearest' });
    void this.#work(lesson, async () => {
      this.#progress.stage('preparing');
      await lesson.prepare();
      this.#app.report.announce(say.ready);
      await this.#steps(lesson, soda);
    });
  }

  async #learn(): Promise<void> {
    const { soda } = this.#app.engine;
    const lesson = this.#lesson?.lesson;
    if (lesson && soda) await this.#work(lesson, () => this.#steps(lesson, soda));
  }

  /** Takes steps until the end or a pause. */
  async #steps(lesson: Lesson, soda: Soda): Promise<void> {
    if (!this.#hidden) this.#progress.stage('learning');
    const over = !this.#hidden && (await lesson.learn());
    this.#app.pictures.forgetLatents();
    if (over) await this.#conclude(lesson, soda);
    else if (!lesson.ended) {
      this.#progress.stage('paused');
      this.#app.report.announce(say.paused);
    }
  }

  /** Keeps what has been learnt so far. */
  async #finish(): Promise<void> {
    const { soda } = this.#app.engine;
    const lesson = this.#lesson?.lesson;
    if (!lesson || !soda) return;
    await this.#work(lesson, async () => {
      await lesson.finish();
      await this.#conclude(lesson, soda);
    });
  }

  #cancel(): void {
    const running = this.#lesson;
    if (!running) return;
    running.lesson.cancel();
    this.#end();
    void this.#app.engine.start().then(() => { this.#app.report.announce(say.cancelled); });
  }

  /** Compares, keeps, and goes on with the model as it was kept: its engine is fresh, without what the lesson needed. */
  async #conclude(lesson: Lesson, soda: Soda): Promise<void> {
    if (this.#lesson?.lesson !== lesson) return;
    const { engine, models, report, router } = this.#app;
    const { plan } = this.#lesson;
    this.#progress.stage('comparing');
    const outcomes = await lesson.compare();
    report.progress(say.keeping);
    const { config, weights } = await soda.save();
    const about = await models.kept.add(
      {
        name: plan.name, world: engine.model.world, base: engine.model.name,
        lesson: { pictures: lesson.picks.length, steps: lesson.losses.length, ...gain(outcomes) },
      },
      { config: config as Blob, weights: weights as Blob },
      await Promise.all(outcomes.map(toCompared)));
    await models.refresh();
    this.#end();
    router.go(router.place.panel, { ...router.place.state, model: about.id });
    report.trouble(about.held === undefined ? '' : say.notKept(about.held));
    report.announce(say.done(about.name));
    this.#result.root.scrollIntoView({ block: 'nearest' });
  }

  /** Does a part of the lesson. Where it fails for want of memory it begins anew with a smaller batch. */
  async #work(lesson: Lesson, part: () => Promise<void>): Promise<void> {
    const { engine, report } = this.#app;
    await engine.work(lesson.signal, async () => {
      try {
        await part();
      } catch (thrown) {
        if (lesson.signal.aborted || this.#lesson?.lesson !== lesson) throw thrown;
        const { plan } = this.#lesson;
        this.#end();
        const { code, message } = asSodaError(thrown);
        if (code === 'disposed') return; // Another model was chosen.
        const batch = smallerBatch(thrown, lesson.batch);
        if (batch !== undefined) this.#again = { ...plan, batch };
        void engine.start().then(() => { report.trouble(batch === undefined ? say.failed(message) : say.again(batch)); });
      }
    });
  }

  #end(): void {
    this.#lesson = undefined;
    this.#progress.close();
    this.#showModel();
  }
}

async function toCompared({ pick, wanted, before, after }: Outcome): Promise<Compared> {
  const [a, b, c] = await Promise.all([wanted, before.picture, after.picture].map(toBlob));
  if (!a || !b || !c) throw new Error('pictures are missing');
  return { name: pick.name, wanted: a, before: { picture: b, psnr: before.psnr }, after: { picture: c, psnr: after.psnr } };
}

