import type { Pick } from '../../parts/pictures.js';
import type { Stage } from '../../parts/stage.js';
import { say as common } from '../../parts/strings/common.js';
import type { App } from '../../shell/panel.js';
import type { AverageView } from './average-view.js';
import type { PinsView } from './pins-view.js';
import type { Scene } from './scene.js';
import type { Sources } from './stage-view.js';
import { fillSquare } from './square-fill.js';
import { say } from './strings.js';

/** Where what is brought together goes. */
export interface Into extends Omit<Sources, 'painting'> {
  stage: Stage;
  average: AverageView;
}

/**
 * Brings pictures together all at once, shows them, and fills film and square. `solved` hears when
 * any place can be drawn. Whether the film is whole then.
 */
export async function bringAllTogether(
  { report }: App,
  scene: Scene,
  { film, square, together, stage, average }: Into,
  picks: readonly Pick[],
  solved: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  if (scene.isAverage) average.picks = picks;
  await together.solve(picks, signal);
  await together.show(scene.weights);
  if (signal.aborted || !together.solved) return false;
  solved();
  if (scene.isAverage) {
    stage.label = say.averageOf(picks.length);
    report.announce(say.averageOf(picks.length));
    return false;
  }
  stage.label = square.description;
  const whole = await fillSquare(together, { film, square, side: scene.frames }, signal);
  if (!whole) return false;
  report.announce(say.squareDone(scene.frames ** 2));
  return film.complete;
}

/**
 * Brings each picture together with the next, and fills the film with what lies between; where
 * painting is mixed in, the model paints it first. `solved` hears when any place can be drawn.
 * Whether the film is whole then.
 */
export async function bringLegsTogether(
  { report, engine, pictures }: App,
  scene: Scene,
  { film, originals }: Into,
  { picks, pins, mixed }: { picks: readonly Pick[]; pins: PinsView['pins']; mixed: boolean },
  solved: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  if (mixed && engine.soda)
    await engine.work(signal, (soda) =>
      originals.solve(
        picks,
        pins,
        {
          soda,
          age: pictures.age,
          onProgress: (progress) => {
            report.progress(common.progress(progress), progress);
          },
        },
        signal,
      ),
    );
  else await originals.solve(picks, pins, undefined, signal);
  if (signal.aborted || !originals.solved) return false;
  solved();
  // Said before a person can do anything with it: what they are told then must stay.
  report.announce(say.done(...scene.ends));
  for (let i = 0; i < film.length; i++) {
    const frame = await originals.frame(i / (scene.frames - 1));
    signal.throwIfAborted();
    film.put(i, frame);
  }
  return film.complete;
}
