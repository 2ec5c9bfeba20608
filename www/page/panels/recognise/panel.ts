import './recognise.css';
import { make } from '../../parts/dom.js';
import { download } from '../../parts/download.js';
import { Intake } from '../../parts/intake.js';
import type { Pick } from '../../parts/pictures.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { asClassifier, asCsv } from './files.js';
import { Keeping } from './keeping.js';
import { openLive } from './live.js';
import { type Comparison, Reading } from './reading.js';
import { Rows } from './rows.js';
import { SelectionBar } from './selection-bar.js';
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
  readonly #bar: SelectionBar;
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
  readonly #keeping: Keeping;
  readonly #reading: Reading;
  /** The project that the address names, which may not be there yet. */
  #asked: string | undefined;
  /** All that was so far; the address says which is on show. */
  #steps: Marks[] = [noMarks(say.classNumber)];
  #at = 0;
  #sorted: Sorted = { standings: [], leftOut: undefined, classifier: undefined };
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
    this.#keeping = new Keeping(app, (project) => {
      this.#app.router.commit({ project });
      this.show({ project });
    });
    this.#reading = new Reading(
      app,
      (message) => {
        this.complain(message);
      },
      () => {
        this.#compareBy.value = 'latent';
        this.complain(say.noMatcher);
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
        this.#bar.show(ids, this.#marks);
      },
    });
    this.#bar = new SelectionBar({
      mark: (ids, classId) => {
        this.#mark(ids, classId);
      },
      remove: (ids) => {
        this.#step(withoutPictures(this.#marks, ids));
      },
      deselect: () => {
        this.#rows.deselect();
      },
    });
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
      this.#reading.by = this.#compareBy.value as Comparison;
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
      if (name !== '') this.#keeping.rename(name, this.#marks);
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
      this.#keeping.others,
      this.#trouble,
      this.#work,
      this.#bar.root,
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
    this.#keeping.keep(this.#marks);
    this.#show();
    void this.#read();
  }

  hide(): void {
    this.#reading.stop();
  }

  ready(): void {
    this.#reading.forgetLatents();
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
    this.#reading.stop();
    this.#asked = id;
    this.#keeping.close();
    this.#steps = [noMarks(say.classNumber)];
    this.#at = 0;
    this.complain('');
    this.#show();
    if (id === undefined) return;
    const found = await this.#keeping.find(id);
    if (this.#asked !== id) return; // Another was asked for meanwhile.
    if (!found) {
      this.complain(say.projectGone);
      return;
    }
    this.#steps = [found.marks];
    this.#keeping.takeUp(id, found.name, found.marks);
    this.#show();
    void this.#read();
  }

  /** A person has done something: it can be undone. */
  #step(marks: Marks): void {
    this.#steps.length = this.#at + 1;
    this.#steps.push(marks);
    this.#at = this.#steps.length - 1;
    this.#asked = this.#keeping.begun();
    this.#app.router.commit({ project: this.#asked, step: String(this.#at) });
    this.#keeping.keep(this.#marks);
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

  /** Reads what has not been, and sorts it. */
  async #read(): Promise<void> {
    if (!(await this.#reading.read(this.#marks.picks))) return;
    this.#show();
    this.#app.report.announce(say.count(this.#reading.count));
  }

  #show(): void {
    const marks = this.#marks;
    this.#sorted = sort(marks, this.#reading.numbers);
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
    const { name } = this.#keeping;
    if (name !== undefined && document.activeElement !== this.#name) this.#name.value = name;
    this.#leftOut.textContent = leftOut ? say.leftOut(leftOut) : '';
    this.#rows.show(marks, this.#sorted, this.#order.value === 'unsure' ? 'unsure' : 'sure');
    if (none) void this.#keeping.offerOthers(() => this.#marks.picks.length === 0);
    else this.#keeping.others.hidden = true;
  }

  /** Sorts what the camera sees, and takes examples from it. */
  #openLive(): void {
    openLive({
      classes: () => this.#marks.classes,
      guess: async (frame, signal) => {
        const { classifier } = this.#sorted;
        return classifier && this.#reading.guess(classifier, frame, signal);
      },
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
