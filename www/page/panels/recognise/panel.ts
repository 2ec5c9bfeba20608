import './recognise.css';
import type { Latent, Picture } from 'soda-morph';
import { type Guess, describe, joined } from 'soda-morph/recognition';
import { make } from '../../parts/dom.js';
import { download } from '../../parts/download.js';
import { Intake } from '../../parts/intake.js';
import { newId } from '../../parts/picture-store.js';
import type { Pick } from '../../parts/pictures.js';
import { unlessRefused } from '../../shell/encoding.js';
import { asSodaError } from '../../shell/engine.js';
import { Projects } from '../../shell/projects.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { asClassifier, asCsv } from './files.js';
import { openLive } from './live.js';
import { Rows } from './rows.js';
import {
  type Marks,
  type Sorted,
  marked,
  noMarks,
  sort,
  withoutClass,
  withoutPictures,
} from './sorting.js';

/** Most classes: each has a number key. */
const MOST_CLASSES = 9;
const FILES = { csv: 'recognised.csv', classifier: 'classifier.json' } as const;

/** Pictures are sorted into classes that a person shows a few examples of. */
export function makeRecognise(root: HTMLElement, app: App): Panel {
  return new Recognise(root, app);
}

class Recognise implements Panel {
  readonly #app: App;
  readonly #intake: Intake;
  readonly #box = make('section', { className: 'intake-box' });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #count = make('p', { className: 'count' });
  readonly #clear = make('button', { type: 'button', className: 'plain', textContent: say.clear });
  readonly #rows: Rows;
  readonly #bar = make('div', { className: 'selection', hidden: true });
  readonly #add = make('button', { type: 'button', textContent: say.addClass });
  readonly #leftOut = make('p', { className: 'left-out' });
  readonly #order = make('select');
  readonly #compareBy = make('select');
  readonly #export = make('button', {
    type: 'button',
    className: 'primary',
    textContent: say.export,
  });
  readonly #work = make('div', { className: 'sorting', hidden: true });
  readonly #live = make('button', { type: 'button', textContent: say.live });
  readonly #takeAlong = make('button', {
    type: 'button',
    textContent: say.classifier,
    title: say.classifierHint,
  });
  readonly #name = make('input', { type: 'text', maxLength: 80, autocomplete: 'off' });
  readonly #project = make('header', { className: 'project', hidden: true });
  /** Projects of before to go on with. */
  readonly #others = make('nav', { className: 'projects', hidden: true });
  readonly #projects = new Projects();
  /** The project that the address names, which may not be there yet. */
  #asked: string | undefined;
  /** What is on show is kept under this; there is none until there are pictures. */
  #kept: { id: string; name: string } | undefined;
  /** What is in the browser's database. */
  #saved: Marks | undefined;
  /** Storage was refused, which has been said. */
  #refused = false;
  /** All that was so far; the address says which is on show. */
  #steps: Marks[] = [noMarks(say.classNumber)];
  #at = 0;
  #sorted: Sorted = { standings: [], leftOut: undefined, classifier: undefined };
  #latents = new Map<string, Latent>();
  /** What the matcher sees in each picture, whatever the model. */
  readonly #described = new Map<string, Float32Array>();
  #run = new AbortController();

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#trouble.setAttribute('role', 'alert');
    this.#leftOut.setAttribute('role', 'status');
    this.#box.ariaLabel = say.pictures;
    this.#intake = new Intake(
      root,
      app.pictures,
      (picks) => {
        this.#take(picks);
      },
      (message) => {
        this.complain(message);
      },
    );
    this.#rows = new Rows({
      mark: (ids, classId) => {
        this.#mark(ids, classId);
      },
      rename: (classId, name) => {
        this.#step({
          ...this.#marks,
          classes: this.#marks.classes.map((each) =>
            each.id === classId ? { id: classId, name } : each,
          ),
        });
      },
      removeClass: (classId) => {
        this.#step(withoutClass(this.#marks, classId));
      },
      removePictures: (ids) => {
        this.#step(withoutPictures(this.#marks, ids));
      },
      selected: (ids) => {
        this.#showBar(ids);
      },
    });
    this.#bar.setAttribute('role', 'toolbar');
    this.#bar.ariaLabel = say.markAs;
    this.#order.append(
      make('option', { value: 'sure', textContent: say.orders.sure }),
      make('option', { value: 'unsure', textContent: say.orders.unsure }),
    );
    this.#order.addEventListener('change', () => {
      this.#show();
    });
    this.#compareBy.append(
      make('option', { value: 'both', textContent: say.comparisons.both }),
      make('option', { value: 'latent', textContent: say.comparisons.latent }),
    );
    this.#compareBy.addEventListener('change', () => {
      this.#show();
      void this.#read();
    });
    this.#add.addEventListener('click', () => {
      this.#addClass();
    });
    this.#export.addEventListener('click', () => {
      const { classes } = this.#marks;
      this.#save(FILES.csv, asCsv(classes, this.#sorted.standings));
    });
    this.#takeAlong.addEventListener('click', () => {
      this.#saveClassifier();
    });
    this.#live.addEventListener('click', () => {
      this.#openLive();
    });
    this.#name.addEventListener('change', () => {
      const name = this.#name.value.trim();
      if (!this.#kept || name === '') return;
      this.#kept = { ...this.#kept, name };
      this.#saved = undefined;
      this.#keep();
    });
    const another = make('button', {
      type: 'button',
      className: 'plain',
      textContent: say.another,
    });
    another.addEventListener('click', () => {
      this.#app.router.commit({});
      this.show({});
    });
    this.#project.append(
      make('label', { className: 'field' }, make('span', { textContent: say.project }), this.#name),
      another,
    );
    this.#others.ariaLabel = say.kept;
    this.#clear.addEventListener('click', () => {
      this.#step({ ...this.#marks, picks: [], examples: new Map() });
    });

    const bubbles = make('span', { className: 'bubbles' });
    bubbles.ariaHidden = 'true';
    this.#box.append(
      make(
        'div',
        { className: 'intake' },
        make(
          'div',
          { className: 'invitation' },
          bubbles,
          make('b', { textContent: say.empty }),
          make('p', { textContent: say.emptyHint }),
        ),
        make(
          'div',
          { className: 'ways' },
          this.#way(say.choose, () => {
            this.#intake.choose();
          }),
          this.#way(say.gallery, () => {
            this.#takeGallery();
          }),
          this.#live,
          this.#count,
          this.#clear,
        ),
      ),
    );
    const order = make(
      'label',
      { className: 'choice' },
      make('span', { textContent: say.order }),
      this.#order,
    );
    const compareBy = make(
      'label',
      { className: 'choice' },
      make('span', { textContent: say.compareBy }),
      this.#compareBy,
    );
    this.#work.append(
      this.#rows.root,
      make(
        'div',
        { className: 'outcome' },
        this.#add,
        compareBy,
        order,
        this.#export,
        this.#takeAlong,
        this.#leftOut,
      ),
    );
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      this.#project,
      this.#box,
      this.#others,
      this.#trouble,
      this.#work,
      this.#bar,
    );
    this.#show();
  }

  show(state: State): void {
    const { project } = state;
    if (project !== this.#asked) {
      void this.#open(project);
      return;
    }
    const step = Number(state['step'] ?? '0');
    // Steps of another visit are gone.
    this.#at = this.#steps[step] ? step : 0;
    this.#keep();
    this.#show();
    void this.#read();
  }

  hide(): void {
    this.#run.abort();
  }

  ready(): void {
    this.#latents = new Map();
    this.#show();
    void this.#read();
  }

  paste(file: File): void {
    void this.#intake.offer([file]);
  }

  complain(message: string): void {
    this.#trouble.textContent = message;
  }

  get #marks(): Marks {
    return this.#steps[this.#at] ?? noMarks(say.classNumber);
  }

  /** Takes up a project of before, or begins with nothing. */
  async #open(id: string | undefined): Promise<void> {
    this.#run.abort();
    this.#asked = id;
    this.#kept = this.#saved = undefined;
    this.#steps = [noMarks(say.classNumber)];
    this.#at = 0;
    this.complain('');
    this.#show();
    if (id === undefined) return;
    const { pictures } = this.#app;
    // Else pictures that are still being read would count as gone.
    await pictures.restore();
    const found = await this.#projects.find(id).catch(() => undefined);
    if (this.#asked !== id) return; // Another was asked for meanwhile.
    if (!found) {
      this.complain(say.projectGone);
      return;
    }
    const picks = found.pictures
      .map((picture) => pictures.find(picture))
      .filter((pick) => pick !== undefined);
    const there = new Set(picks.map(({ id }) => id));
    const examples = new Map(found.examples.filter(([picture]) => there.has(picture)));
    this.#steps = [{ picks, classes: found.classes, examples }];
    this.#kept = { id, name: found.name };
    this.#saved = this.#marks;
    this.#show();
    void this.#read();
  }

  /** Keeps what is on show, unless it is. */
  #keep(): void {
    if (!this.#kept || this.#saved === this.#marks) return;
    this.#saved = this.#marks;
    const { picks, classes, examples } = this.#marks;
    this.#projects
      .keep({
        ...this.#kept,
        classes,
        pictures: picks.map(({ id }) => id),
        examples: [...examples],
      })
      .catch((thrown: unknown) => {
        if (this.#refused) return;
        this.#refused = true;
        const reason = thrown instanceof Error && thrown.message !== '' ? thrown.message : thrown;
        this.#app.report.trouble(say.notKept(String(reason)));
      });
  }

  /** Offers what was kept before, while there is nothing on show. */
  async #offerOthers(): Promise<void> {
    const all = await this.#projects.all().catch(() => []);
    const kept = all.filter(({ pictures }) => pictures.length > 0);
    this.#others.hidden = this.#marks.picks.length > 0 || kept.length === 0;
    this.#others.replaceChildren(
      make('h2', { textContent: say.kept }),
      ...kept.map(({ id, name, pictures }) => {
        const button = make('button', {
          type: 'button',
          textContent: say.openProject(name, pictures.length),
        });
        button.addEventListener('click', () => {
          this.#app.router.commit({ project: id });
          this.show({ project: id });
        });
        return button;
      }),
    );
  }

  /** A person has done something: it can be undone. */
  #step(marks: Marks): void {
    this.#steps.length = this.#at + 1;
    this.#steps.push(marks);
    this.#at = this.#steps.length - 1;
    this.#kept ??= { id: newId('project'), name: say.projectName(new Date()) };
    this.#asked = this.#kept.id;
    this.#app.router.commit({ project: this.#kept.id, step: String(this.#at) });
    this.#keep();
    this.#show();
  }

  #take(picks: readonly Pick[]): void {
    const there = new Set(this.#marks.picks.map(({ id }) => id));
    this.#step({
      ...this.#marks,
      picks: [...this.#marks.picks, ...picks.filter(({ id }) => !there.has(id))],
    });
    void this.#read();
  }

  #takeGallery(): void {
    const { gallery } = this.#app.pictures;
    if (gallery) this.#take(gallery.entries.map((entry) => gallery.pick(entry)));
  }

  #mark(ids: readonly string[], classId: number | undefined): void {
    if (classId === undefined && !ids.some((id) => this.#marks.examples.has(id))) return;
    this.#step(marked(this.#marks, ids, classId));
    const name = this.#marks.classes.find(({ id }) => id === classId)?.name;
    this.#rows.deselect();
    if (name !== undefined)
      this.#app.report.announce(
        `${say.nowMarked(ids.length, name)}. ` +
          (this.#sorted.leftOut ? say.leftOut(this.#sorted.leftOut) : ''),
      );
  }

  #addClass(): void {
    const id = 1 + Math.max(0, ...this.#marks.classes.map((each) => each.id));
    this.#step({
      ...this.#marks,
      classes: [...this.#marks.classes, { id, name: say.classNumber(id) }],
    });
    const inputs = this.#rows.root.querySelectorAll<HTMLInputElement>('.class header input');
    inputs[inputs.length - 1]?.focus();
    inputs[inputs.length - 1]?.select();
  }

  /** Encodes and describes what has not been, and sorts as it goes. */
  async #read(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    const { engine, pictures, report } = this.#app;
    const described = this.#compareBy.value === 'both';
    const missing = this.#marks.picks.filter(
      ({ id }) => !this.#latents.has(id) || (described && !this.#described.has(id)),
    );
    if (missing.length === 0) return;
    await engine.work(signal, async (soda) => {
      for (const [i, pick] of missing.entries()) {
        report.progress(say.reading(i, missing.length), {
          stage: 'encode',
          done: i,
          total: missing.length,
        });
        const both = Promise.all([
          pictures.encode(soda, pick, { signal }),
          described && this.#describe(pick, signal),
        ]);
        const [latent] =
          (await unlessRefused(both, (message) => {
            this.complain(say.unreadable(pick.name, message));
          })) ?? [];
        if (latent) this.#latents.set(pick.id, latent);
      }
    });
    if (signal.aborted) return;
    this.#show();
    report.announce(say.count(this.#latents.size));
  }

  async #describe(pick: Pick, signal: AbortSignal): Promise<void> {
    if (this.#described.has(pick.id)) return;
    const numbers = await this.#numbersOf(pick.source, signal);
    if (numbers) this.#described.set(pick.id, numbers);
  }

  /** What the matcher sees. Without it pictures are compared by their latents. */
  async #numbersOf(picture: Picture, signal: AbortSignal): Promise<Float32Array | undefined> {
    if (this.#compareBy.value !== 'both') return undefined;
    try {
      return (await describe(picture, { signal }))[0];
    } catch (thrown) {
      const { code } = asSodaError(thrown);
      if (code !== 'network' && code !== 'weights') throw thrown;
      this.#compareBy.value = 'latent';
      this.complain(say.noMatcher);
      return undefined;
    }
  }

  /** What is compared, of each picture that has been read: numbers of one length. */
  get #numbers(): Map<string, ArrayLike<number>> {
    const numbers = new Map<string, ArrayLike<number>>();
    for (const [id, latent] of this.#latents) {
      const described = this.#described.get(id);
      if (this.#compareBy.value === 'latent') numbers.set(id, latent.values);
      else if (described) numbers.set(id, joined(latent, described));
    }
    return numbers;
  }

  #show(): void {
    const marks = this.#marks;
    this.#sorted = sort(marks, this.#numbers);
    const { leftOut, standings, classifier } = this.#sorted;
    const none = marks.picks.length === 0;
    this.#box.toggleAttribute('data-empty', none);
    this.#count.textContent = say.count(marks.picks.length);
    this.#clear.hidden = none;
    this.#work.hidden = none;
    this.#add.disabled = marks.classes.length >= MOST_CLASSES;
    this.#export.disabled = !standings.some(({ classId }) => classId !== undefined);
    this.#takeAlong.disabled = !classifier;
    this.#project.hidden = none;
    if (this.#kept && document.activeElement !== this.#name) this.#name.value = this.#kept.name;
    this.#leftOut.textContent = leftOut ? say.leftOut(leftOut) : '';
    this.#rows.show(marks, this.#sorted, this.#order.value === 'unsure' ? 'unsure' : 'sure');
    if (none) void this.#offerOthers();
    else this.#others.hidden = true;
  }

  /** Sorts what the camera sees, and takes examples from it. */
  #openLive(): void {
    openLive({
      classes: () => this.#marks.classes,
      guess: (frame, signal) => this.#guess(frame, signal),
      show: async (frame, classId) => {
        const name = this.#marks.classes.find(({ id }) => id === classId)?.name ?? '';
        const blob = await frame.convertToBlob({ type: 'image/webp', quality: 0.9 });
        const pick = await this.#app.pictures.read(blob, say.livePicture(name));
        if (!pick) return;
        const marks = { ...this.#marks, picks: [...this.#marks.picks, pick] };
        this.#step(marked(marks, [pick.id], classId));
        await this.#read();
      },
    });
  }

  async #guess(frame: OffscreenCanvas, signal: AbortSignal): Promise<Guess | undefined> {
    const { classifier } = this.#sorted;
    if (!classifier) return undefined;
    return this.#app.engine.work(signal, async (soda) => {
      const [[latent], described] = await Promise.all([
        soda.encode(frame, { signal }),
        this.#numbersOf(frame, signal),
      ]);
      if (!latent) return undefined;
      return classifier.guess(described ? joined(latent, described) : latent.values);
    });
  }

  /** What can be done with the selected pictures, for who has no keyboard. */
  #showBar(ids: readonly string[]): void {
    this.#bar.hidden = ids.length === 0;
    if (ids.length === 0) return;
    const act = (label: string, run: () => void, className = ''): HTMLButtonElement => {
      const button = make('button', { type: 'button', textContent: label, className });
      button.addEventListener('click', run);
      return button;
    };
    this.#bar.replaceChildren(
      make('span', { textContent: say.selected(ids.length) }),
      ...this.#marks.classes.map(({ id, name }) =>
        act(name, () => {
          this.#mark(ids, id);
        }),
      ),
      act(
        say.unmark,
        () => {
          this.#mark(ids, undefined);
          this.#rows.deselect();
        },
        'plain',
      ),
      act(
        say.remove,
        () => {
          this.#step(withoutPictures(this.#marks, ids));
        },
        'plain',
      ),
      act(
        say.deselect,
        () => {
          this.#rows.deselect();
        },
        'plain',
      ),
    );
  }

  #saveClassifier(): void {
    const { classifier } = this.#sorted;
    if (!classifier) return;
    const described = this.#compareBy.value === 'both';
    const model = this.#app.engine.soda?.config.name ?? '';
    this.#save(
      FILES.classifier,
      asClassifier(classifier.toJSON(), this.#marks.classes, model, described),
    );
  }

  #save(name: string, file: Blob): void {
    download(file, name);
    this.#app.report.announce(say.saved(name));
  }

  #way(label: string, act: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', act);
    return button;
  }
}
