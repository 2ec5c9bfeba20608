import type { Soda, SodaError } from 'soda-morph';
import { type Pick, toBlob } from '../../parts/pictures.js';
import { type Draft, type DraftPicture, Drafts } from '../../shell/drafts.js';
import { type Model, asSodaError } from '../../shell/engine.js';
import type { Compared } from '../../shell/kept.js';
import type { App } from '../../shell/panel.js';
import { type Checkpoint, Lesson, type Outcome, gain, retry } from './lesson.js';
import type { Pace } from './pace.js';
import { ProgressView } from './progress.js';
import { say } from './strings.js';

/** Steps after which a lesson has got on, so that its next failure is a new one. */
const GOT_ON = 10;

/** A lesson to begin, or to go on with. */
export interface Plan {
  name: string;
  steps: number;
  picks: readonly Pick[];
  batch?: number;
  /** Names it among those that are not finished. */
  draft: string;
  /** What it starts from and goes back to if it is cancelled. */
  base: Model;
  from?: Checkpoint;
  /** It broke off just before. */
  again?: true;
}

/** The lesson under way. */
interface Running {
  lesson: Lesson;
  plan: Plan;
  checkpoint: Checkpoint | undefined;
  /** Lets other tabs have it. */
  free: () => void;
}

export interface LessonEvents {
  /** There is a lesson now, or there is none any more. */
  changed: () => void;
  /** One begins. */
  begun: () => void;
  /** What was learnt is kept, and in use. */
  concluded: () => void;
}

/**
 * The lesson under way, from its plan to the model that is kept: it goes on while other panels are
 * used, after a failure from its last checkpoint, and after a reload from its draft.
 */
export class Lessons {
  readonly progress: ProgressView;
  readonly drafts = new Drafts();
  readonly #app: App;
  readonly #pace: Pace;
  readonly #events: LessonEvents;
  #lesson: Running | undefined;
  /** A lesson to begin as soon as the model for it is there. */
  #next: Plan | undefined;
  /** The name of what was just learnt, to be said once that model is there. */
  #learnt = '';
  #hidden = false;
  /** A part of the lesson is under way in the engine. */
  #working = false;

  constructor(app: App, pace: Pace, events: LessonEvents) {
    this.#app = app;
    this.#pace = pace;
    this.#events = events;
    this.progress = new ProgressView({
      pause: () => {
        this.#lesson?.lesson.pause();
      },
      goOn: () => void this.#learn(),
      finish: () => void this.#finish(),
      cancel: () => {
        this.#cancel();
      },
    });
  }

  /** Whether a lesson is under way. */
  get running(): boolean {
    return this.#lesson !== undefined;
  }

  /** Whether one is, or is about to be. */
  get busy(): boolean {
    return this.running || this.#next !== undefined;
  }

  /** Another panel is on show. */
  set hidden(hidden: boolean) {
    this.#hidden = hidden;
    this.#shelve();
  }

  /** A model is ready: what was learnt is said. */
  ready(): void {
    if (this.#learnt !== '') this.#app.report.announce(say.done(this.#learnt));
    this.#learnt = '';
  }

  /**
   * After the engine had to start anew, or with the model of a checkpoint; not where another model
   * was chosen meanwhile.
   */
  resume(): void {
    const plan = this.#next;
    this.#next = undefined;
    if (!plan) return;
    if (this.#app.engine.model.id === plan.base.id) this.begin(plan);
    else this.#events.changed();
  }

  /** Begins, or goes on, with the model that is there. */
  begin(plan: Plan): void {
    const { soda } = this.#app.engine;
    if (!soda || this.#lesson) return;
    this.#events.begun();
    const lesson = new Lesson(soda, plan.picks, plan, {
      onProgress: (progress) => {
        if (!this.#hidden)
          this.#app.report.progress(
            this.progress.root.dataset['stage'] === 'comparing' ? say.comparing : say.preparing,
            progress,
          );
      },
      onStep: (event, left) => {
        if (event.step % GOT_ON === 0)
          this.#pace.remember(soda, event.secondsPerStep, lesson.batch);
        this.progress.step(event, left);
        this.#app.lesson.step = { done: event.step, steps: event.steps };
        if (!this.#hidden)
          this.#app.report.progress(`${say.step(event.step, event.steps)} · ${say.left(left)}`, {
            stage: 'train',
            done: event.step,
            total: event.steps,
          });
      },
      onPreview: (pictures) => {
        this.progress.preview(pictures);
      },
      onCheckpoint: (checkpoint) => {
        this.#keep(lesson, checkpoint);
      },
    });
    this.#lesson = { lesson, plan, checkpoint: plan.from, free: this.drafts.hold(plan.draft) };
    this.progress.open(lesson);
    this.#events.changed();
    this.progress.root.scrollIntoView({ block: 'nearest' });
    void this.#work(lesson, async () => {
      this.progress.stage('preparing');
      await lesson.prepare();
      this.#app.report.announce(say.ready);
      await this.#steps(lesson, soda);
    });
  }

  /**
   * Keeps a lesson under way. Where the browser stores nothing it stays in memory, for a lost
   * device.
   */
  #keep(lesson: Lesson, checkpoint: Checkpoint): void {
    const running = this.#lesson;
    if (running?.lesson !== lesson) return;
    running.checkpoint = checkpoint;
    const { name, steps, batch, draft: id, base } = running.plan;
    const draft: Draft = {
      id,
      name,
      steps,
      kept: Date.now(),
      done: checkpoint.losses.length,
      pictures: lesson.picks.length,
      ...(batch !== undefined && { batch }),
      model: { id: base.id, name: base.name, world: base.world },
    };
    const pictures = (): DraftPicture[] =>
      lesson.picks.flatMap(({ id, name, source }, i) => {
        const before = checkpoint.before[i];
        return before ? [{ ...(typeof source === 'string' && { id }), name, source, before }] : [];
      });
    this.drafts.keep(draft, checkpoint, pictures).catch((thrown: unknown) => {
      this.progress.notKept =
        thrown instanceof Error && thrown.message !== '' ? thrown.message : String(thrown);
    });
  }

  /** Goes on with a lesson of before a reload. */
  async takeUp(draft: Draft): Promise<void> {
    const { models, pictures, report, router } = this.#app;
    const found = await this.drafts.open(draft.id).catch(() => undefined);
    if (!found) {
      report.trouble(say.lostDraft(draft.name));
      return;
    }
    const picks = await Promise.all(
      found.pictures.map(
        async ({ id, name, source }) =>
          pictures.find(id) ??
          (source instanceof Blob ? await pictures.read(source, name) : undefined),
      ),
    );
    const base = models.find(draft.model.id) ?? {
      ...models.first,
      name: draft.model.name,
      world: draft.model.world,
    };
    const { name, steps, batch } = draft;
    const from: Checkpoint = {
      ...found.state,
      before: found.pictures.filter((_, i) => picks[i]).map(({ before }) => before),
    };
    const there = picks.filter((pick) => pick !== undefined);
    router.go('teach', {
      pictures: there.map(({ id }) => id).join('.'),
      ...(base.id !== models.first.id && { model: base.id }),
    });
    this.#start({
      name,
      steps,
      picks: there,
      ...(batch !== undefined && { batch }),
      draft: draft.id,
      base,
      from,
    });
  }

  async #learn(): Promise<void> {
    const { soda } = this.#app.engine;
    const lesson = this.#lesson?.lesson;
    if (lesson && soda) await this.#work(lesson, () => this.#steps(lesson, soda));
  }

  /** Takes steps until the end or a pause. */
  async #steps(lesson: Lesson, soda: Soda): Promise<void> {
    this.progress.stage('learning');
    this.#app.lesson.step = { done: lesson.losses.length, steps: lesson.steps };
    const over = await lesson.learn();
    this.#app.lesson.step = undefined;
    this.#app.pictures.forgetLatents();
    if (over) await this.#conclude(lesson, soda);
    else if (!lesson.ended) {
      this.progress.stage('paused');
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
    if (!running || running.lesson.signal.aborted) return;
    running.lesson.cancel();
    void this.drafts
      .remove(running.plan.draft)
      .catch(() => undefined)
      .then(() => {
        this.#end();
        return this.#app.engine.use(running.plan.base);
      })
      .then(() => {
        this.#app.report.announce(say.cancelled);
      });
  }

  /**
   * Compares, keeps, and goes on with the model as it was kept: its engine is fresh, without what
   * the lesson needed.
   */
  async #conclude(lesson: Lesson, soda: Soda): Promise<void> {
    if (this.#lesson?.lesson !== lesson) return;
    const { models, report, router } = this.#app;
    const { plan } = this.#lesson;
    this.progress.stage('comparing');
    const outcomes = await lesson.compare();
    report.progress(say.keeping);
    const { config, weights } = await soda.save();
    const about = await models.kept.add(
      {
        name: plan.name,
        world: plan.base.world,
        base: plan.base.name,
        lesson: { pictures: lesson.picks.length, steps: lesson.losses.length, ...gain(outcomes) },
      },
      { config: config, weights: weights },
      await Promise.all(outcomes.map(toCompared)),
    );
    await this.drafts.remove(plan.draft).catch(() => undefined);
    await models.refresh();
    this.#end();
    this.#learnt = about.name;
    if (this.#hidden) report.announce(say.done(about.name));
    router.go(router.place.panel, { ...router.place.state, model: about.id });
    report.trouble(about.held === undefined ? '' : say.notKept(about.held));
    this.#events.concluded();
  }

  /**
   * Does a part of the lesson. Where it fails for want of memory or of a device, it goes on from
   * the last checkpoint.
   */
  async #work(lesson: Lesson, part: () => Promise<void>): Promise<void> {
    this.#working = true;
    await this.#app.engine.work(lesson.signal, async () => {
      try {
        await part();
      } catch (thrown) {
        const running = this.#lesson;
        if (lesson.signal.aborted || running?.lesson !== lesson) throw thrown;
        this.#end();
        const error = asSodaError(thrown);
        // Otherwise another model was chosen.
        if (error.code !== 'disposed') this.#again(running, error);
      } finally {
        this.#working = false;
        this.#shelve();
      }
    });
  }

  #again({ lesson, plan, checkpoint }: Running, { code, message }: SodaError): void {
    const { engine, report } = this.#app;
    const step = checkpoint?.losses.length ?? 0;
    const hardlyOn =
      plan.again === true && lesson.losses.length < (plan.from?.losses.length ?? 0) + GOT_ON;
    const next = retry(code, lesson.batch, {
      again: hardlyOn,
      onCpu: engine.soda?.backend === 'cpu',
    });
    if (!next) {
      void engine.use(plan.base).then(async () => {
        const kept = await this.drafts.find(plan.draft).catch(() => undefined);
        report.trouble(say.failed(message, kept?.done));
      });
      return;
    }
    const { batch, onCpu } = next;
    // A person who has had enough gets what there is.
    const steps = lesson.ended && checkpoint ? step : plan.steps;
    this.#start(
      { ...plan, steps, batch, again: true, ...(checkpoint && { from: checkpoint }) },
      onCpu && 'cpu',
    );
    report.trouble(
      onCpu ? say.slower(step) : batch === lesson.batch ? say.lost(step) : say.less(step, batch),
    );
  }

  /** Loads the model that a plan begins or goes on with; `resume` does the rest. */
  #start(plan: Plan, backend?: 'cpu'): void {
    this.#next = plan;
    void this.#app.engine.use(
      plan.from ? { ...plan.base, source: plan.from.files } : plan.base,
      backend,
    );
    this.#events.changed();
  }

  /** Whether the lesson's work keeps the page busy. */
  #shelve(): void {
    this.#app.engine.shelved = this.#hidden && this.#working;
  }

  #end(): void {
    this.#app.lesson.step = undefined;
    this.#lesson?.free();
    this.#lesson = undefined;
    this.progress.close();
    this.#events.changed();
  }
}

async function toCompared({ pick, wanted, before, after }: Outcome): Promise<Compared> {
  const [a, b, c] = await Promise.all([wanted, before.picture, after.picture].map(toBlob));
  if (!a || !b || !c) throw new Error('pictures are missing');
  return {
    name: pick.name,
    wanted: a,
    before: { picture: b, psnr: before.psnr },
    after: { picture: c, psnr: after.psnr },
  };
}
