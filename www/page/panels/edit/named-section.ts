import { namedDirection } from 'soda-morph';
import type { Latent, ModelConfig } from 'soda-morph';
import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import type { Edits } from './edits.js';
import {
  type Change,
  type Scene,
  type Section,
  type Thumb,
  betweenEnds,
  foldable,
} from './section.js';

/** Times the way from one value to the other. */
const RANGE = { min: -1.5, max: 1.5, step: 0.05, home: 0 } as const;

interface Row {
  key: string;
  root: HTMLElement;
  slider: Slider;
  ends: [HTMLCanvasElement, HTMLCanvasElement];
}

/** A slider for each direction that the model brings along by name, such as glasses. */
export class NamedSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #list = make('div', { className: 'level' });
  readonly #change: Change;
  #config: ModelConfig | undefined;
  #rows: Row[] = [];
  #edits: Edits | undefined;

  constructor(change: Change) {
    this.#change = change;
    this.root = foldable(say.named, say.namedHint, this.#list);
    this.root.open = true;
    this.root.hidden = true;
  }

  take(edits: Edits, config: ModelConfig | undefined): void {
    this.#edits = edits;
    if (config !== this.#config) {
      this.#config = config;
      this.#rows = (config?.directions?.named ?? []).map(({ name }, index) =>
        this.#row(name, index),
      );
      this.#list.replaceChildren(...this.#rows.map(({ root }) => root));
      this.root.hidden = this.#rows.length === 0;
    }
    for (const { key, slider } of this.#rows) slider.value = edits.amounts[key] ?? 0;
  }

  thumbs({ base, baseKey, config, options }: Scene): Thumb[] {
    const vectors = namedVectors(config, base);
    for (const { key, root } of this.#rows) root.hidden = !vectors.has(key);
    return this.#rows.flatMap(({ key, ends }) => {
      const vector = vectors.get(key);
      return !vector
        ? []
        : ([-1, 1] as const).map((amount, end): Thumb => ({
            key: `${baseKey} ${key}`,
            canvas: ends[end === 0 ? 0 : 1],
            latent: () => ({
              ...base,
              values: base.values.map((value, i) => value + amount * (vector[i] ?? 0)),
            }),
            options: options({}),
          }));
    });
  }

  #row(name: string, index: number): Row {
    const key = keyOf(index);
    const slider = new Slider(name, RANGE, say.times, (value, resting) => {
      this.#change({ amounts: { ...this.#edits?.amounts, [key]: value } }, resting);
    });
    return { key, slider, ...betweenEnds(slider) };
  }
}

function keyOf(index: number): string {
  return `named.${String(index)}`;
}

/**
 * The vectors that move this picture along the model's named directions, by key; those that its
 * kind lacks are left out.
 */
export function namedVectors({ directions }: ModelConfig, base: Latent): Map<string, Float32Array> {
  if (!directions) return new Map();
  return new Map(
    directions.named.flatMap((_, index): [string, Float32Array][] => {
      const vector = namedDirection(directions, base, index);
      return vector ? [[keyOf(index), vector]] : [];
    }),
  );
}
