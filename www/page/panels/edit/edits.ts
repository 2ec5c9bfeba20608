import { type DecodeOptions, type Latent, type ModelConfig, analogy, mix } from 'soda-morph';
import { random } from '../../parts/random.js';
import type { State } from '../../shell/router.js';

/** A direction that a person showed by pictures: towards `these`, away from `others`. */
export interface Learned {
  name: string;
  /** Ids of pictures. */
  these: readonly string[];
  others: readonly string[];
  /** Times the way from the others to these. */
  amount: number;
}

/** Everything that is done to a picture. What is absent is not done. */
export interface Edits {
  /**
   * By `group.rank`, in standard deviations; by `named.place`, in ways from one value to the other.
   */
  amounts: Readonly<Record<string, number>>;
  learned: readonly Learned[];
  /** Picture − minus + plus. */
  minus?: string;
  plus?: string;
  /** Fine groups, from `split` on, of another picture. */
  other?: string;
  split?: number;
  /** Paint in this view. */
  view?: string;
  /** Other noise, and a step of so many standard deviations away. */
  vary?: { seed: number; amount: number };
  exact: boolean;
  steps?: number;
  sampler?: DecodeOptions['sampler'];
  guidance?: number;
  /** Guidance of each group. */
  levels?: readonly number[];
  seed?: number;
}

export const UNEDITED: Edits = { amounts: {}, learned: [], exact: false };

/** What an address may ask for: each picture is encoded, each direction is a slider. */
const MOST_VARIED = 2;
const MOST_MARKED = 200;
const MOST_LEARNED = 16;

/** As short texts for the address. */
export function toState(edits: Edits): State {
  const amounts = Object.entries(edits.amounts).filter(([, amount]) => amount !== 0);
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value);
  const all: Record<string, string | undefined> = {
    by: amounts.map(([key, amount]) => `${key}~${String(amount)}`).join('_') || undefined,
    learned:
      edits.learned
        .map(({ name, these, others, amount }) =>
          [encoded(name), these.join('.'), others.join('.'), amount].join('~'),
        )
        .join('_') || undefined,
    minus: edits.minus,
    plus: edits.plus,
    other: edits.other,
    split: number(edits.split),
    view: edits.view,
    vary: edits.vary && `${String(edits.vary.seed)}~${String(edits.vary.amount)}`,
    exact: edits.exact ? 'yes' : undefined,
    steps: number(edits.steps),
    sampler: edits.sampler,
    guidance: number(edits.guidance),
    levels: edits.levels?.some((level) => level !== 0) ? edits.levels.join('_') : undefined,
    seed: number(edits.seed),
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The way back; what makes no sense is left out. */
export function fromState(state: State): Edits {
  const list = (text: string | undefined): string[] => (text ? text.split('_') : []);
  const number = (
    text: string | undefined,
    least: number,
    most: number,
    whole = false,
  ): number | undefined => {
    const value = Number(text ?? NaN);
    return value >= least && value <= most && (!whole || Number.isInteger(value))
      ? value
      : undefined;
  };
  const amounts = list(state['by'])
    .map((each) => each.split('~'))
    .filter(
      ([key = '', amount]) =>
        /^(?:\d+|named)\.\d+$/.test(key) && number(amount, -9, 9) !== undefined,
    );
  const learned = list(state['learned'])
    .map((each) => each.split('~'))
    .flatMap(([name = '', these = '', others = '', amount]) => {
      const ids = (text: string): string[] => text.split('.').filter((id) => id !== '');
      const times = number(amount, -9, 9);
      return times === undefined ||
        ids(these).length === 0 ||
        ids(these).length + ids(others).length > MOST_MARKED
        ? []
        : [{ name: decoded(name), these: ids(these), others: ids(others), amount: times }];
    });
  const [seedText, amountText] = (state['vary'] ?? '').split('~');
  const [seed, amount] = [
    number(seedText, 0, 0xffff_ffff, true),
    number(amountText, 0, MOST_VARIED),
  ];
  const levels = list(state['levels']).map((text) => number(text, -1, 20) ?? 0);
  const { sampler } = state;
  return definedOnly({
    amounts: Object.fromEntries(amounts.map(([key = '', value]) => [key, Number(value)])),
    learned: learned.slice(0, MOST_LEARNED),
    minus: state['minus'],
    plus: state['plus'],
    other: state['other'],
    split: number(state['split'], 0, 99, true),
    view: state['view'],
    vary: seed === undefined || amount === undefined ? undefined : { seed, amount },
    exact: state['exact'] === 'yes',
    steps: number(state['steps'], 1, 100, true),
    sampler: sampler === 'ddim' || sampler === 'dpm++2m' ? sampler : undefined,
    guidance: number(state['guidance'], 0, 20),
    levels: levels.length > 0 ? levels : undefined,
    seed: number(state['seed'], 0, 0xffff_ffff, true),
  });
}

/** Without what this model cannot do: another may have had more views, groups or levels. */
export function fitting(
  edits: Edits,
  { groups, views, directions }: Pick<ModelConfig, 'groups' | 'views' | 'directions'>,
): Edits {
  const { view, split, levels, ...others } = edits;
  const named = directions?.named.length ?? 0;
  const amounts = Object.fromEntries(
    Object.entries(edits.amounts).filter(([key]) => {
      const [group = '', rank] = key.split('.');
      return group === 'named' ? Number(rank) < named : Number(group) < groups.length;
    }),
  );
  return {
    ...others,
    amounts,
    ...(view !== undefined && views.includes(view) && { view }),
    ...(split !== undefined && split <= groups.length && { split }),
    ...(levels?.length === groups.length && { levels }),
  };
}

/** A change of some of them; undefined takes one away. */
export type Patch = { [K in keyof Edits]?: Edits[K] | undefined };

export function patched(edits: Edits, patch: Patch): Edits {
  return definedOnly({ ...edits, ...patch });
}

/** Latents that edits need, by the ids of their pictures. */
export type Known = (id: string) => Latent | undefined;

/** Ids of all pictures whose latents these edits need. */
export function needs({ learned, minus, plus, other }: Edits): string[] {
  const arithmetic = minus !== undefined && plus !== undefined ? [minus, plus] : [];
  return [
    ...new Set([
      ...learned.flatMap(({ these, others }) => [...these, ...others]),
      ...arithmetic,
      ...(other === undefined ? [] : [other]),
    ]),
  ];
}

/**
 * The picture's latent, edited: levels mixed first, then arithmetic, then directions, then the
 * variation. Where a picture that is needed is not known, its edit is left out.
 *
 * @param direction the vector of a key of `amounts`, of amount 1
 */
export function compose(
  base: Latent,
  edits: Edits,
  known: Known,
  direction: (key: string) => Float32Array | undefined,
): Latent {
  let latent = base;
  const other = edits.other === undefined ? undefined : known(edits.other);
  if (other)
    latent = mix(
      latent,
      other,
      Math.min(base.groups.length, edits.split ?? defaultSplit(base.groups.length)),
    );
  const [minus, plus] = [edits.minus, edits.plus].map((id) =>
    id === undefined ? undefined : known(id),
  );
  if (minus && plus) latent = analogy(latent, minus, plus);
  const values = latent.values.slice();
  for (const [key, amount] of Object.entries(edits.amounts)) add(values, direction(key), amount);
  for (const { these, others, amount } of edits.learned) {
    add(
      values,
      learnedDirection(
        these.flatMap((id) => known(id) ?? []),
        others.flatMap((id) => known(id) ?? []),
      ),
      amount,
    );
  }
  if (edits.vary) {
    const { normal } = random(edits.vary.seed);
    for (let i = 0; i < values.length; i++)
      values[i] = (values[i] ?? 0) + edits.vary.amount * normal();
  }
  const groups = [...base.groups];
  // A variation is painted from other noise.
  return base.noise && !edits.vary ? { values, groups, noise: base.noise } : { values, groups };
}

/**
 * From the mean of some latents to the mean of others; undefined where there are none. Without
 * counterparts, from the mean of all latents, 0.
 */
export function learnedDirection(
  these: readonly Latent[],
  others: readonly Latent[],
): Float32Array | undefined {
  const [to, from] = [mean(these), mean(others)];
  return to && (from ? to.map((value, i) => value - (from[i] ?? 0)) : to);
}

/** How the sampler is to paint these edits. */
export function decodeOptions({
  steps,
  sampler,
  guidance,
  levels,
  seed,
  view,
  vary,
}: Edits): DecodeOptions {
  const noise = vary?.seed ?? seed;
  return {
    ...(steps !== undefined && { steps }),
    ...(sampler !== undefined && { sampler }),
    ...(guidance !== undefined && { guidance }),
    ...(levels !== undefined && { levelGuidance: levels }),
    ...(noise !== undefined && { seed: noise }),
    ...(view !== undefined && { view }),
  };
}

/** Unless told otherwise, the coarser half of the groups stays. */
export function defaultSplit(groups: number): number {
  return Math.ceil(groups / 2);
}

function mean(latents: readonly Latent[]): Float32Array | undefined {
  const [first] = latents;
  return first?.values.map(
    (_, i) => latents.reduce((sum, { values }) => sum + (values[i] ?? 0), 0) / latents.length,
  );
}

function add(values: Float32Array, vector: Float32Array | undefined, amount: number): void {
  vector?.forEach((value, i) => {
    values[i] = (values[i] ?? 0) + amount * value;
  });
}

/** As in addresses, and the signs that part these texts too. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[~_]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function definedOnly(edits: Patch): Edits {
  return Object.fromEntries(
    Object.entries<unknown>(edits).filter(([, value]) => value !== undefined),
  ) as unknown as Edits;
}
