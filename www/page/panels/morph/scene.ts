import type { Segments } from '../../parts/choice.js';
import type { AverageView } from './average-view.js';
import { stopNames } from './captions.js';
import type { PainterChoice } from './painter-choice.js';
import { sharesInSquare } from './path.js';
import type { Places, Way } from './places.js';
import type { Settings } from './settings.js';
import type { Square } from './square.js';
import { say } from './strings.js';
import { type Beat, timeline } from './timeline.js';

/** The controls that say what is to be seen. */
export interface Controls {
  ways: Segments<Way>;
  painter: PainterChoice;
  places: Places;
  settings: Settings;
  average: AverageView;
  square: Square;
}

/** What is to be seen: the pictures, the way between them and what it is made of. */
export class Scene {
  readonly #controls: Controls;

  constructor(controls: Controls) {
    this.#controls = controls;
  }

  get isSquare(): boolean {
    return this.#controls.ways.value === 'square';
  }

  get isAverage(): boolean {
    return this.#controls.ways.value === 'average';
  }

  /** Frames from one picture to the next, both included; cells of a square's side. */
  get frames(): number {
    return this.#controls.settings.frames;
  }

  get legs(): number {
    return this.isSquare ? 4 : Math.max(1, this.#controls.places.picks.length - 1);
  }

  /** Frames of the film. */
  get length(): number {
    return this.legs * (this.frames - 1) + 1;
  }

  /** Whether pictures themselves are shown, with or without painting on them. */
  get showsOriginals(): boolean {
    return this.#controls.painter.painter !== 'soda';
  }

  /** Whether they are brought together all at once. */
  get showsTogether(): boolean {
    return this.showsOriginals && (this.isSquare || this.isAverage);
  }

  /** How much of each picture the stage shows, where they are brought together all at once. */
  get weights(): readonly number[] {
    const { average, square } = this.#controls;
    return this.isAverage ? average.weights : sharesInSquare(square.point);
  }

  /** Tells sets of pictures apart. */
  get pictures(): string {
    return this.#controls.places.picks.map((pick) => pick?.id ?? '').join(' ');
  }

  /** Of the stops, in the order of the film. */
  get names(): string[] {
    return stopNames(this.#controls.places.picks, this.isSquare);
  }

  /** The names of both ends. */
  get ends(): [string, string] {
    const { names } = this;
    return [names[0] ?? '', names.at(-1) ?? ''];
  }

  /** Of the film, for people. */
  get title(): string {
    return say.title(...this.ends);
  }

  /** One round of a film of so many frames. */
  beats(length: number): Beat[] {
    const { picks } = this.#controls.places;
    const closed = this.isSquare || (picks.length > 2 && picks[0]?.id === picks.at(-1)?.id);
    const legs = length === this.length ? this.legs : 1;
    return timeline(length, legs, this.#controls.settings.tempo, closed);
  }
}
