import { make } from '../../parts/dom.js';
import { newId } from '../../parts/picture-store.js';
import type { App } from '../../shell/panel.js';
import { Projects } from '../../shell/projects.js';
import type { Marks } from './sorting.js';
import { say } from './strings.js';

/** What is sorted, as a project in the browser's database under a name. */
export class Keeping {
  /** Projects of before to go on with. */
  readonly others = make('nav', { className: 'projects', hidden: true });
  readonly #app: App;
  readonly #projects = new Projects();
  readonly #chosen: (id: string) => void;
  /** What is on show is kept under this; there is none until there are pictures. */
  #kept: { id: string; name: string } | undefined;
  /** What is in the browser's database. */
  #saved: Marks | undefined;
  /** Storage was refused, which has been said. */
  #refused = false;

  /** `chosen` hears which of the others is to be opened. */
  constructor(app: App, chosen: (id: string) => void) {
    this.#app = app;
    this.#chosen = chosen;
    this.others.ariaLabel = say.kept;
  }

  /** Of what is on show; undefined where nothing is kept yet. */
  get name(): string | undefined {
    return this.#kept?.name;
  }

  /** What is on show gets another name, which is kept with these marks. */
  rename(name: string, marks: Marks): void {
    if (!this.#kept) return;
    this.#kept = { ...this.#kept, name };
    this.#saved = undefined;
    this.keep(marks);
  }

  /** Begins with nothing. */
  close(): void {
    this.#kept = this.#saved = undefined;
  }

  /** What was kept under this id, to be taken up; undefined where it is gone. */
  async find(id: string): Promise<{ name: string; marks: Marks } | undefined> {
    const { pictures } = this.#app;
    // Else pictures that are still being read would count as gone.
    await pictures.restore();
    const found = await this.#projects.find(id).catch(() => undefined);
    if (!found) return undefined;
    const picks = found.pictures
      .map((picture) => pictures.find(picture))
      .filter((pick) => pick !== undefined);
    const there = new Set(picks.map((pick) => pick.id));
    const examples = new Map(found.examples.filter(([picture]) => there.has(picture)));
    return { name: found.name, marks: { picks, classes: found.classes, examples } };
  }

  /** Goes on with what was found. */
  takeUp(id: string, name: string, marks: Marks): void {
    this.#kept = { id, name };
    this.#saved = marks;
  }

  /** The id of what is on show, which is a project from now on. */
  begun(): string {
    this.#kept ??= { id: newId('project'), name: say.projectName(new Date()) };
    return this.#kept.id;
  }

  /** Keeps what is on show, unless it is. */
  keep(marks: Marks): void {
    if (!this.#kept || this.#saved === marks) return;
    this.#saved = marks;
    const { picks, classes, examples } = marks;
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
  async offerOthers(nothingShown: () => boolean): Promise<void> {
    const all = await this.#projects.all().catch(() => []);
    const kept = all.filter(({ pictures }) => pictures.length > 0);
    this.others.hidden = !nothingShown() || kept.length === 0;
    this.others.replaceChildren(
      make('h2', { textContent: say.kept }),
      ...kept.map(({ id, name, pictures }) => {
        const button = make('button', {
          type: 'button',
          textContent: say.openProject(name, pictures.length),
        });
        button.addEventListener('click', () => {
          this.#chosen(id);
        });
        return button;
      }),
    );
  }
}
