import { type Guess, type LeftOut, NearestMean } from 'soda-morph/recognition';
import type { Pick } from '../../parts/pictures.js';

/** A class with the name a person gave it. */
export interface Class {
  readonly id: number;
  readonly name: string;
}

/**
 * What a person has said so far. Never changed: each step makes a new one, so that undo finds the
 * old.
 */
export interface Marks {
  readonly picks: readonly Pick[];
  readonly classes: readonly Class[];
  /** Class by picture, both by id, of the examples. */
  readonly examples: ReadonlyMap<string, number>;
}

/** Where a picture stands: as an example, as a guess, or nowhere yet. */
export interface Standing {
  readonly pick: Pick;
  readonly classId: number | undefined;
  readonly example: boolean;
  /** Of the guess; 1 for examples. */
  readonly confidence: number;
  readonly guess: Guess | undefined;
}

export interface Sorted {
  readonly standings: readonly Standing[];
  readonly leftOut: LeftOut | undefined;
  /** What guesses; undefined until two classes have an example. Labels are places in `classes`. */
  readonly classifier: NearestMean | undefined;
}

/** The classes that there are at first. */
export function noMarks(name: (number: number) => string): Marks {
  return { picks: [], classes: [1, 2].map((id) => ({ id, name: name(id) })), examples: new Map() };
}

/** Marks pictures as examples of a class, or as of none. */
export function marked(marks: Marks, ids: readonly string[], classId: number | undefined): Marks {
  const examples = new Map(marks.examples);
  for (const id of ids) {
    if (classId === undefined) examples.delete(id);
    else examples.set(id, classId);
  }
  return { ...marks, examples };
}

export function withoutPictures(marks: Marks, ids: readonly string[]): Marks {
  return {
    ...marked(marks, ids, undefined),
    picks: marks.picks.filter(({ id }) => !ids.includes(id)),
  };
}

export function withoutClass(marks: Marks, classId: number): Marks {
  return {
    ...marks,
    classes: marks.classes.filter(({ id }) => id !== classId),
    examples: new Map([...marks.examples].filter(([, id]) => id !== classId)),
  };
}

/**
 * Sorts all pictures by the examples, as soon as two classes have any and the numbers to compare
 * are there.
 */
export function sort(
  { picks, classes, examples }: Marks,
  numbers: ReadonlyMap<string, ArrayLike<number>>,
): Sorted {
  const order = classes.map(({ id }) => id);
  const known = picks.flatMap((pick) => {
    const classId = examples.get(pick.id);
    const values = numbers.get(pick.id);
    return classId !== undefined && values ? [{ values, label: order.indexOf(classId) }] : [];
  });
  const all = picks.map(({ id }) => numbers.get(id)).filter((values) => values !== undefined);
  const enough = new Set(known.map(({ label }) => label)).size >= 2;
  const model = enough ? new NearestMean(all, known, order.length) : undefined;
  const standings = picks.map((pick): Standing => {
    const example = examples.get(pick.id);
    if (example !== undefined)
      return { pick, classId: example, example: true, confidence: 1, guess: undefined };
    const values = numbers.get(pick.id);
    const guess = values && model?.guess(values);
    return {
      pick,
      classId: guess && order[guess.label],
      example: false,
      confidence: guess?.probabilities[guess.label] ?? 0,
      guess,
    };
  });
  return { standings, leftOut: model?.leftOut, classifier: model };
}
