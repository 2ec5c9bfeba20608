import { expect, test } from 'vitest';
import {
  type Example,
  NearestMean,
  type NearestMeanData,
} from '../../www/lib/recognition/nearest-mean.js';
import { toCsv } from '../../www/page/panels/recognise/csv.js';
import {
  marked,
  noMarks,
  sort,
  withoutClass,
  withoutPictures,
} from '../../www/page/panels/recognise/sorting.js';
import { readProject } from '../../www/page/shell/projects.js';

/** Gaussian numbers, the same ones each time (Box and Muller, on a linear congruential generator). */
function gaussians(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Points around one centre a class, in 16 dimensions of unlike scales. */
function cloud(count: number, classes: number, apart: number, seed: number): Example[] {
  const next = gaussians(seed);
  const centres = Array.from({ length: classes }, () =>
    Array.from({ length: 16 }, () => apart * next()),
  );
  return Array.from({ length: count }, (_, i) => ({
    label: i % classes,
    values: Float32Array.from(
      { length: 16 },
      (_, at) => 10 ** (at % 3) * ((centres[i % classes]?.[at] ?? 0) + next()),
    ),
  }));
}

test('classes that lie apart are told apart, whatever the scale of the numbers', () => {
  const points = cloud(300, 3, 2, 1);
  const model = new NearestMean(
    points.map(({ values }) => values),
    points.slice(0, 15),
    3,
  );
  const right = points
    .slice(15)
    .filter(({ values, label }) => model.guess(values).label === label).length;
  expect(right / 285).toBeGreaterThan(0.97);
  expect(model.leftOut.of).toBe(15);
  expect(model.leftOut.right).toBeGreaterThanOrEqual(14);
});

test('probabilities add up to one and are about as often right as they say', () => {
  const points = cloud(2000, 2, 0.35, 2);
  const model = new NearestMean(
    points.map(({ values }) => values),
    points.slice(0, 80),
    2,
  );
  const guesses = points
    .slice(80)
    .map(({ values, label }) => ({ ...model.guess(values), truth: label }));
  for (const { probabilities } of guesses)
    expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
  const said =
    guesses.reduce((sum, { label, probabilities }) => sum + (probabilities[label] ?? 0), 0) /
    guesses.length;
  const right = guesses.filter(({ label, truth }) => label === truth).length / guesses.length;
  expect(Math.abs(said - right)).toBeLessThan(0.1);
});

test('leaving one out is what a model of the others would say', () => {
  const points = cloud(14, 2, 0.5, 3);
  const all = points.map(({ values }) => values);
  const right = points.filter(
    ({ values, label }, i) =>
      new NearestMean(
        all,
        points.filter((_, j) => j !== i),
        2,
      ).guess(values).label === label,
  ).length;
  expect(new NearestMean(all, points, 2).leftOut).toEqual({ right, of: 14 });
});

test('a class without examples is never guessed; one example a class will do', () => {
  const points = cloud(4, 2, 3, 4);
  const model = new NearestMean(
    points.map(({ values }) => values),
    points.slice(0, 2),
    3,
  );
  expect(model.leftOut).toEqual({ right: 0, of: 0 });
  for (const { values, label } of points) {
    const guess = model.guess(values);
    expect(guess.label).toBe(label);
    expect(guess.probabilities[2]).toBe(0);
  }
});

const pick = (id: string): { id: string; name: string; source: string; url: string } => ({
  id,
  name: id,
  source: '',
  url: '',
});

test('marks are steps of their own: what was before stays what it was', () => {
  const before = { ...noMarks(String), picks: ['a', 'b', 'c'].map(pick) };
  const after = marked(marked(before, ['a', 'b'], 1), ['c'], 2);
  expect(before.examples.size).toBe(0);
  expect(Object.fromEntries(after.examples)).toEqual({ a: 1, b: 1, c: 2 });
  expect(Object.fromEntries(marked(after, ['a'], undefined).examples)).toEqual({ b: 1, c: 2 });
  expect(withoutPictures(after, ['a']).picks.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(Object.fromEntries(withoutClass(after, 1).examples)).toEqual({ c: 2 });
});

test('nothing is sorted before two classes have an example', () => {
  const picks = ['a', 'b', 'c'].map(pick);
  const numbers = new Map(picks.map(({ id }, i) => [id, Float32Array.of(i, -i)]));
  const marks = marked({ ...noMarks(String), picks }, ['a'], 1);
  expect(sort(marks, numbers).standings.map(({ classId }) => classId)).toEqual([
    1,
    undefined,
    undefined,
  ]);
  const { standings, leftOut } = sort(marked(marks, ['c'], 2), numbers);
  expect(standings.map(({ classId, example }) => [classId !== undefined, example])).toEqual([
    [true, true],
    [true, false],
    [true, true],
  ]);
  expect(leftOut).toEqual({ right: 0, of: 0 });
});

test('cells of a table are quoted where they must be', () => {
  expect(
    toCsv([
      ['a', 1],
      ['b, c', 'say "d"'],
      ['e\nf', ''],
    ]),
  ).toBe('a,1\r\n"b, c","say ""d"""\r\n"e\nf",\r\n');
});

test('a classifier that was kept as JSON guesses as before, and what is none is refused', () => {
  const points = cloud(60, 3, 2, 5);
  const all = points.map(({ values }) => values);
  const model = new NearestMean(all, points.slice(0, 12), 4); // A class has no example.
  const text = JSON.stringify(model);
  const again = new NearestMean(JSON.parse(text) as NearestMeanData);
  for (const values of all) expect(again.guess(values)).toEqual(model.guess(values));
  expect(again.leftOut).toEqual(model.leftOut);
  const data = model.toJSON();
  for (const broken of [
    {},
    { ...data, version: 2 },
    { ...data, classes: [{ mean: [1], examples: 1 }] },
    { ...data, scale: null },
    { ...data, temperature: 'warm' },
    { ...data, leftOut: undefined },
  ])
    expect(() => new NearestMean({ kind: '', ...broken } as unknown as NearestMeanData)).toThrow(
      /no classifier/,
    );
});

test('numbers that do not fit each other are refused by name', () => {
  const points = cloud(6, 2, 2, 6);
  const all = points.map(({ values }) => values);
  const model = new NearestMean(all, points, 2);
  expect(() => model.guess([1, 2])).toThrow(/2 numbers describe this picture, 16 the others/);
  expect(() => new NearestMean([], [], 2)).toThrow(/no numbers/);
  expect(() => new NearestMean([...all, [1]], points, 2)).toThrow(/1 numbers describe/);
  expect(() => new NearestMean(all, points, 1)).toThrow(/label 1; labels go from 0 to 0/);
});

test('a project from a file keeps what makes sense', () => {
  const project = {
    name: 'a'.repeat(1000),
    classes: [{ id: 1, name: 'One' }, { id: 'x', name: 'Two' }, null],
    pictures: ['own-1', 7],
    examples: [['own-1', 1], ['own-1', 9], 'none'],
  };
  expect(readProject(project)).toEqual({
    name: 'a'.repeat(80),
    classes: [{ id: 1, name: 'One' }],
    pictures: ['own-1'],
    examples: [['own-1', 1]],
  });
  for (const nothing of [undefined, null, 3, {}, { classes: [] }])
    expect(readProject(nothing)).toBeUndefined();
});
