import type { NearestMeanData } from 'soda-morph/recognition';
import { toCsv } from './csv.js';
import type { Class, Standing } from './sorting.js';
import { say } from './strings.js';

/** Where each picture stands, as a table for spreadsheets. */
export function asCsv(classes: readonly Class[], standings: readonly Standing[]): Blob {
  const rows = standings.map(({ pick, classId, example, confidence, guess }) => [
    pick.name,
    classes.find(({ id }) => id === classId)?.name ?? '',
    example ? 'yes' : 'no',
    guess ? confidence.toFixed(4) : '',
    ...classes.map((_, i) => (guess ? (guess.probabilities[i] ?? 0).toFixed(4) : '')),
  ]);
  return new Blob(
    [toCsv([[...say.columns, ...classes.map(({ name }) => say.probability(name))], ...rows])],
    { type: 'text/csv' },
  );
}

/**
 * What sorts the pictures, to be used elsewhere: `new NearestMean(file.classifier)` of
 * `soda-morph/recognition` on `numbers`, which are the latent's of `model`, or those and then what
 * `describe` gives.
 */
export function asClassifier(
  classifier: NearestMeanData,
  classes: readonly Class[],
  model: string,
  described: boolean,
): Blob {
  const file = {
    classes: classes.map(({ name }) => name),
    model,
    numbers: described ? 'joined(latent, described)' : 'latent.values',
    classifier,
  };
  return new Blob([`${JSON.stringify(file)}\n`], { type: 'application/json' });
}
