import './teach.css';
import { make } from '../../parts/dom.js';
import type { Draft } from '../../shell/drafts.js';
import type { App, Panel } from '../../shell/panel.js';
import type { State } from '../../shell/router.js';
import { Album } from './album.js';
import { BATCH } from './lesson.js';
import { Lessons } from './lessons.js';
import { Pace } from './pace.js';
import { ResultView } from './result.js';
import { say } from './strings.js';
import { Unfinished } from './unfinished.js';

/** The model learns a person's pictures, and what it has become is kept. */
export function makeTeach(root: HTMLElement, app: App): Panel {
  return new Teach(root, app);
}

class Teach implements Panel {
  readonly #app: App;
  readonly #album: Album;
  readonly #lessons: Lessons;
  readonly #result: ResultView;
  readonly #unfinished: Unfinished;
  readonly #pace = new Pace();
  #timing = new AbortController();

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#album = new Album(
      app.pictures,
      () => {
        this.#commit();
        void this.#tellTime();
      },
      ({ name, steps }) => {
        this.#lessons.begin({
          name,
          steps,
          picks: this.#album.picks,
          draft: `lesson-${Date.now().toString(36)}`,
          base: app.engine.model,
        });
      },
    );
    this.#lessons = new Lessons(app, this.#pace, {
      changed: () => {
        this.#showModel();
      },
      begun: () => {
        this.#timing.abort();
      },
      concluded: () => {
        this.#result.root.scrollIntoView({ block: 'nearest' });
      },
    });
    this.#result = new ResultView(app);
    this.#unfinished = new Unfinished({
      goOn: (draft) => void this.#lessons.takeUp(draft),
      discard: (draft) => void this.#discard(draft),
    });
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      this.#lessons.progress.root,
      this.#result.root,
      this.#unfinished.root,
      this.#album.root,
    );
    app.models.onChange(() => {
      this.#showModel();
    });
  }

  show(state: State): void {
    this.#lessons.hidden = false;
    const picks = (state['pictures'] ?? '')
      .split('.')
      .map((id) => this.#app.pictures.find(id))
      .filter((pick) => pick !== undefined);
    if (picks.map(({ id }) => id).join() !== this.#album.picks.map(({ id }) => id).join())
      this.#album.show(picks);
    this.#showModel();
    if (this.#app.engine.soda) this.#lessons.resume();
    void this.#tellTime();
  }

  /** A lesson goes on; a chip in the bar shows it. */
  hide(): void {
    this.#timing.abort();
    this.#lessons.hidden = true;
  }

  ready(): void {
    this.#showModel();
    this.#lessons.resume();
    void this.#tellTime();
    this.#lessons.ready();
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
    this.#album.root.hidden = this.#lessons.busy;
    void this.#result.show(this.#lessons.running ? undefined : models.about(engine.model.id));
    void this.#showUnfinished();
  }

  /** Says how long a lesson will take, as soon as there are pictures and a model. */
  async #tellTime(): Promise<void> {
    this.#timing.abort();
    const { signal } = (this.#timing = new AbortController());
    const { engine } = this.#app;
    const [sample] = this.#album.picks;
    if (!engine.soda || !sample || this.#lessons.busy) {
      this.#album.secondsPerStep = undefined;
      return;
    }
    const seconds = await engine.work(signal, (soda) =>
      this.#pace.secondsPerStep(soda, sample, BATCH, signal),
    );
    if (!signal.aborted) this.#album.secondsPerStep = seconds;
  }

  async #showUnfinished(): Promise<void> {
    const drafts = await this.#lessons.drafts.list().catch(() => []);
    // None while there is a lesson, nor that which is about to go on.
    this.#unfinished.show(this.#lessons.busy ? [] : drafts);
  }

  async #discard({ id, name }: Draft): Promise<void> {
    await this.#lessons.drafts.remove(id).catch(() => undefined);
    await this.#showUnfinished();
    this.#app.report.announce(say.discarded(name));
  }
}
