/** What a panel shows, as short texts by name: enough to come back to it. */
export type State = Readonly<Record<string, string>>;

/** A panel and its state. */
export interface Place {
  panel: string;
  state: State;
}

/** Changes of one run are no further apart, in milliseconds. */
const RUN_MS = 800;

/** The address bar's part: `#panel?name=value&…`. */
export function toHash({ panel, state }: Place): string {
  const query = new URLSearchParams(
    Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)),
  ).toString();
  return `#${panel}${query === '' ? '' : `?${query}`}`;
}

/** The way back; undefined for what is no place. */
export function fromHash(hash: string): Place | undefined {
  const [, panel, query] = /^#([a-z]+)(?:\?(.*))?$/.exec(hash) ?? [];
  return panel === undefined
    ? undefined
    : { panel, state: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/**
 * Where the page is. Every step a person takes is an entry of the browser's history, so its back
 * and forward are undo and redo, and the address bar can be shared.
 */
export class Router {
  readonly #panels: ReadonlySet<string>;
  readonly #first: string;
  readonly #arrived: (place: Place) => void;
  readonly #listeners = new Set<() => void>();
  /** How each panel was left. */
  readonly #left = new Map<string, State>();
  #place: Place;
  #at: number;
  #top: number;
  /** The browser is on its way to another entry; steps that were asked for meanwhile. */
  #travelling = false;
  #queued = 0;
  /** What the last commit was a part of, and when. */
  #run = { name: '', at: -Infinity };

  /** `arrived` hears of places that were not set through `commit`: links, undo and redo. */
  constructor(panels: readonly string[], arrived: (place: Place) => void) {
    this.#panels = new Set(panels);
    this.#first = panels[0] ?? '';
    this.#arrived = arrived;
    this.#place = this.#read();
    const step = stepOf(history.state);
    this.#at = step?.at ?? 0;
    this.#top = Math.max(this.#at, step?.top ?? 0);
    this.#write(true);
    addEventListener('popstate', () => {
      this.#moved();
    });
  }

  get place(): Place {
    return this.#place;
  }

  get canUndo(): boolean {
    return this.#at > 0;
  }

  get canRedo(): boolean {
    return this.#at < this.#top;
  }

  /** Calls back whenever the place or what can be undone changes; what it gives ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** How a panel was left, for coming back to it; the model is the present one. */
  left(panel: string): State {
    const { model: _, ...state } = this.#left.get(panel) ?? {};
    return this.#withModel(state);
  }

  /** Opens a panel as it was left, but for these changes; a step of its own. */
  open(panel: string, changes: State = {}): void {
    this.go(panel, { ...this.left(panel), ...changes });
  }

  /** The state of a panel of which nothing is known but the model. */
  get modelOnly(): State {
    return this.#withModel({});
  }

  /** Goes to a panel in this state; a step of its own. */
  go(panel: string, state: State = {}): void {
    this.#set({ panel, state }, false);
    this.#arrived(this.#place);
  }

  /**
   * The panel on show notes its state; the model stays as it is. A change that is no step of its
   * own (a slider on its way) replaces the last entry, and so does one of a run: the same slider
   * moved again by the next key.
   */
  commit(state: State, replace = false, run = ''): void {
    const place = { panel: this.#place.panel, state: this.#withModel(state) };
    const now = performance.now();
    const goesOn = run !== '' && run === this.#run.name && now - this.#run.at < RUN_MS;
    this.#run = { name: run, at: now };
    if (toHash(place) !== toHash(this.#place)) this.#set(place, replace || goesOn);
  }

  undo(): void {
    this.#travel(-1);
  }

  redo(): void {
    this.#travel(1);
  }

  /**
   * The browser goes to entries by and by: what is asked for meanwhile waits, so that no step
   * leaves the page.
   */
  #travel(steps: number): void {
    if (this.#travelling) {
      this.#queued += steps;
      return;
    }
    const within = Math.min(this.#top, Math.max(0, this.#at + steps)) - this.#at;
    if (within === 0) return;
    this.#travelling = true;
    this.#run.at = -Infinity;
    history.go(within);
  }

  #withModel(state: State): State {
    const { model } = this.#place.state;
    return model === undefined ? state : { ...state, model };
  }

  #set(place: Place, replace: boolean): void {
    this.#place = place;
    if (!replace) this.#top = ++this.#at;
    this.#write(replace);
  }

  #write(replace: boolean): void {
    const step = { at: this.#at, top: this.#top };
    // An address without a hash stays so until something is changed.
    const hash =
      replace && location.hash === '' && this.#at === 0 ? location.href : toHash(this.#place);
    if (replace) history.replaceState(step, '', hash);
    else history.pushState(step, '', hash);
    this.#tell();
  }

  #moved(): void {
    this.#travelling = false;
    const step = stepOf(history.state);
    if (step) this.#at = step.at;
    else {
      // An address typed or a link followed: the browser has made the entry.
      this.#top = ++this.#at;
      history.replaceState({ at: this.#at, top: this.#top }, '');
    }
    this.#top = Math.max(this.#top, this.#at);
    this.#place = this.#read();
    this.#tell();
    this.#arrived(this.#place);
    const queued = this.#queued;
    this.#queued = 0;
    if (queued !== 0) this.#travel(queued);
  }

  #read(): Place {
    const place = fromHash(location.hash);
    return place && this.#panels.has(place.panel) ? place : { panel: this.#first, state: {} };
  }

  #tell(): void {
    this.#left.set(this.#place.panel, this.#place.state);
    for (const listener of this.#listeners) listener();
  }
}

function stepOf(state: unknown): { at: number; top: number } | undefined {
  const { at, top } = (state ?? {}) as { at?: unknown; top?: unknown };
  return typeof at === 'number' && typeof top === 'number' ? { at, top } : undefined;
}
