import { byId, make } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Well } from '../../parts/well.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import type { App } from '../../shell/panel.js';
import { Chain } from './chain.js';

export const WAYS = ['two', 'chain', 'square', 'average'] as const;
export type Way = (typeof WAYS)[number];

const SIDES = ['from', 'to'] as const;

/** Where the pictures are put: two wells, a list, or four wells. */
export class Places {
  readonly chain: Chain;
  readonly #app: App;
  readonly #sides: Well[];
  readonly #corners: Well[];
  readonly #changed: () => void;
  /** The pictures that a state without any means; they depend on the model's world. */
  readonly #firstPicks: () => readonly Pick[];
  /** The well that a paste goes to: the one last used. */
  #lastUsed: Well | undefined;
  #way: Way = 'two';

  /** `bench` takes the chain and the corners in; `jump` shows a stop of the chain. */
  constructor(
    app: App,
    bench: HTMLElement,
    first: () => readonly Pick[],
    events: { changed: () => void; jump: (stop: number) => void },
  ) {
    this.#app = app;
    this.#firstPicks = first;
    this.#changed = events.changed;
    this.#sides = this.#wells(
      [byId('from', HTMLDivElement), byId('to', HTMLDivElement)],
      [say.side.from, say.side.to],
    );
    this.#lastUsed = this.#sides[1];
    const corners = say.corners.map(() => make('div'));
    this.#corners = this.#wells(corners, say.corners);
    this.chain = new Chain(app.pictures, {
      ...events,
      announce: (line) => {
        app.report.announce(line);
      },
    });
    bench.append(this.chain.root, make('div', { className: 'corners' }, ...corners));
  }

  /** One for each place, in order; the corners row by row. */
  get picks(): readonly (Pick | undefined)[] {
    return this.#listed ? this.chain.picks : this.#row.map(({ pick }) => pick);
  }

  /** Shows the pictures of a state. */
  take(way: Way, state: State): void {
    this.#way = way;
    const find = (id: string | undefined): Pick | undefined => this.#app.pictures.find(id);
    if (this.#listed) {
      const found = (state['pictures'] ?? '')
        .split('.')
        .map(find)
        .filter((pick) => pick !== undefined);
      this.chain.picks = found.length >= 2 ? found : this.#first.slice(0, 3);
    } else {
      const ids =
        way === 'two' ? SIDES.map((side) => state[side]) : (state['pictures'] ?? '').split('.');
      this.#row.forEach((well, i) => {
        well.show(find(ids[i]) ?? this.#first[i]);
      });
    }
  }

  /** The state's part that says which pictures. */
  state(): State {
    const ids = this.picks.map((pick) => pick?.id ?? '');
    if (this.#way !== 'two') return { way: this.#way, pictures: ids.join('.') };
    return Object.fromEntries(SIDES.flatMap((side, i) => (ids[i] ? [[side, ids[i]]] : [])));
  }

  /**
   * The pictures of now, for another way: those of two wells begin a chain or a square, and its
   * ends come back.
   */
  stateFor(way: Way): State {
    const has = this.picks.filter((pick) => pick !== undefined);
    if (way === 'two') {
      const [from, to] = [has[0], has.at(-1)];
      return from && to ? { from: from.id, to: to.id } : {};
    }
    const spare = this.#first.filter(({ id }) => !has.some((pick) => pick.id === id));
    const wanted =
      way === 'square'
        ? [...has, ...spare].slice(0, 4)
        : has.length > 2
          ? has
          : [...has, ...spare].slice(0, 3);
    return { way, pictures: wanted.map(({ id }) => id).join('.') };
  }

  /** The other way round: of a square, left and right. */
  turn(): void {
    if (this.#listed) this.chain.picks = [...this.chain.picks].reverse();
    else {
      const { picks } = this;
      this.#row.forEach((well, i) => {
        well.show(picks[i ^ 1]);
      });
    }
  }

  offer(file: File, name: string): void {
    void this.#used?.offer(file, name);
  }

  /**
   * Files that were dropped beside the places: one goes where a paste goes, several fill the places
   * in order.
   */
  offerAll(files: readonly File[]): void {
    const [first] = files;
    if (!first) return;
    if (this.#listed)
      void files.reduce(
        (before, file) => before.then(() => this.chain.add.offer(file, file.name)),
        Promise.resolve(),
      );
    else if (files.length === 1) this.offer(first, first.name);
    else
      files
        .slice(0, this.#row.length)
        .forEach((file, i) => void this.#row[i]?.offer(file, file.name));
  }

  complain(message: string, place?: number): void {
    const well = place === undefined || this.#listed ? this.#used : this.#row[place];
    well?.complain(message);
  }

  /** Whether the pictures are a list, of any length. */
  get #listed(): boolean {
    return this.#way === 'chain' || this.#way === 'average';
  }

  get #first(): readonly Pick[] {
    return this.#firstPicks();
  }

  get #row(): Well[] {
    return this.#way === 'square' ? this.#corners : this.#sides;
  }

  get #used(): Well | undefined {
    if (this.#listed) return this.chain.add;
    return this.#row.find((well) => well === this.#lastUsed) ?? this.#row.at(-1);
  }

  /** Wells in a row; what is dropped beyond the first file goes on to the next ones. */
  #wells(roots: readonly HTMLElement[], titles: readonly string[]): Well[] {
    const wells = roots.map((root, i) => {
      const spill = (files: File[]): void => {
        files.forEach((file, k) => void wells[(i + 1 + k) % wells.length]?.offer(file, file.name));
      };
      const well = new Well(
        root,
        titles[i] ?? '',
        this.#app.pictures,
        () => {
          this.#changed();
        },
        spill,
      );
      root.addEventListener('focusin', () => {
        this.#lastUsed = well;
      });
      return well;
    });
    return wells;
  }
}
