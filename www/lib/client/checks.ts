import type {
  DecodeOptions,
  DrawOptions,
  Latent,
  ModelConfig,
  TrainOptions,
} from '../shared/api.js';
import { SodaError } from '../shared/error.js';
import { toLatent } from '../shared/latent.js';
import type { Code, Jobs, TeachOptions } from '../shared/protocol.js';

const MOST_STEPS = 1000;
const MOST_FRAMES = 1000;
const MOST_SAMPLES = 1000;
const MOST_TEMPERATURE = 2;
const MOST_AUTOGUIDANCE = 10;
const MOST_GUIDANCE = 20;
const MOST_LESSON = { pictures: 1000, steps: 100_000, batchSize: 256, learningRate: 0.1 } as const;

/** Throws 'input' unless the options are such as this model's sampler takes. */
export function checkOptions(options: DecodeOptions, config: ModelConfig): void {
  const { steps, sampler, guidance, levelGuidance, seed, view, size } = options;
  if (steps !== undefined && !isWhole(steps, 1, MOST_STEPS)) {
    throw new SodaError(
      'input',
      `steps is ${String(steps)}; it must be a whole number from 1 to ${String(MOST_STEPS)}`,
    );
  }
  // Callers without types may pass any string.
  if (sampler !== undefined && !['ddim', 'dpm++2m'].includes(sampler)) {
    throw new SodaError('input', `sampler is '${sampler}'; it must be 'ddim' or 'dpm++2m'`);
  }
  if (guidance !== undefined && !(guidance >= 0 && guidance <= MOST_GUIDANCE)) {
    throw new SodaError(
      'input',
      `guidance is ${String(guidance)}; it must be a number from 0 to ${String(MOST_GUIDANCE)}`,
    );
  }
  if (levelGuidance !== undefined && levelGuidance.length !== 0) {
    const groups = config.groups.length;
    if (
      levelGuidance.length !== groups ||
      !levelGuidance.every((weight) => weight >= -1 && weight <= MOST_GUIDANCE)
    ) {
      const wanted =
        `${String(groups)} numbers from -1 to ${String(MOST_GUIDANCE)}, one for each latent ` +
        `group`;
      throw new SodaError(
        'input',
        `levelGuidance is ${levelGuidance.join(', ')}; it must be ${wanted}`,
      );
    }
  }
  if (seed !== undefined && !isWhole(seed, 0, 0xffff_ffff)) {
    throw new SodaError(
      'input',
      `seed is ${String(seed)}; it must be a whole number from 0 to 4294967295`,
    );
  }
  if (view !== undefined && !config.views.includes(view)) {
    const known =
      config.views.length === 0
        ? 'this model has no views'
        : `this model has ${config.views.join(', ')}`;
    throw new SodaError('input', `there is no view '${view}'; ${known}`);
  }
  if (size !== undefined && size !== config.size && size !== config.renderedSize) {
    const sizes =
      config.renderedSize === undefined
        ? `${String(config.size)}, since this model has no renderer`
        : `${String(config.size)} or ${String(config.renderedSize)}`;
    throw new SodaError('input', `size is ${String(size)}; it must be ${sizes}`);
  }
}

/** Throws 'input' unless a morph can have this many frames. */
export function checkFrames(frames: number): void {
  if (!isWhole(frames, 2, MOST_FRAMES)) {
    throw new SodaError(
      'input',
      `frames is ${String(frames)}; it must be a whole number from 2 to ${String(MOST_FRAMES)}`,
    );
  }
}

/** Throws 'input' unless this model can draw so many new latents. */
export function checkCount(count: number, config: ModelConfig): void {
  if (!isWhole(count, 1, MOST_SAMPLES)) {
    throw new SodaError(
      'input',
      `count is ${String(count)}; it must be a whole number from 1 to ${String(MOST_SAMPLES)}`,
    );
  }
  if (!config.prior)
    throw new SodaError(
      'input',
      `the model ${config.name} has no prior to draw from; give it one with soda train-prior`,
    );
}

/** What the worker is asked to draw. Throws 'input' as the checks of its parts do. */
export function toDrawing(
  { count = 1, temperature = 1, autoguidance }: DrawOptions,
  config: ModelConfig,
): Pick<Jobs['sample']['request'], 'count' | 'temperature' | 'autoguidance'> {
  checkCount(count, config);
  checkTemperature(temperature);
  checkAutoguidance(autoguidance, config);
  return { count, temperature, autoguidance };
}

/** Throws 'input' unless latents can be stretched by so much. */
function checkTemperature(temperature: number): void {
  if (!(temperature >= 0 && temperature <= MOST_TEMPERATURE)) {
    throw new SodaError(
      'input',
      `temperature is ${String(temperature)}; it must be a number from 0 to ` +
        String(MOST_TEMPERATURE),
    );
  }
}

/** Throws 'input' unless drawing can lead so far away from the prior's guide. */
export function checkAutoguidance(weight: number | undefined, config: ModelConfig): void {
  if (weight === undefined) return;
  if (!(weight >= 0 && weight <= MOST_AUTOGUIDANCE)) {
    throw new SodaError(
      'input',
      `autoguidance is ${String(weight)}; it must be a number from 0 to ` +
        String(MOST_AUTOGUIDANCE),
    );
  }
  if (weight > 0 && !config.guide)
    throw new SodaError(
      'input',
      `the prior of ${config.name} has no guide to be led away from; leave autoguidance out, or ` +
        'give it one with soda train-prior',
    );
}

/** Throws 'input' unless there are pictures to learn, and not too many. */
export function checkPictures(pictures: readonly unknown[]): void {
  const count = Array.isArray(pictures) ? pictures.length : 0;
  if (!isWhole(count, 1, MOST_LESSON.pictures)) {
    throw new SodaError(
      'input',
      `there are ${String(count)} pictures to learn; give an array of 1 to ` +
        String(MOST_LESSON.pictures),
    );
  }
}

/** The settings of training with their defaults. Throws 'input' where one is out of range. */
export function checkTraining(options: TrainOptions): TeachOptions {
  const {
    steps = 300,
    batchSize = 4,
    learningRate = 5e-4,
    seed = 1,
    train = 'all',
    previewEvery = 0,
  } = options;
  const whole = (name: string, value: number, least: number, most: number): void => {
    if (!isWhole(value, least, most)) {
      throw new SodaError(
        'input',
        `${name} is ${String(value)}; it must be a whole number from ${String(least)} to ` +
          String(most),
      );
    }
  };
  whole('steps', steps, 1, MOST_LESSON.steps);
  whole('batchSize', batchSize, 1, MOST_LESSON.batchSize);
  whole('seed', seed, 0, 0xffff_ffff);
  whole('previewEvery', previewEvery, 0, MOST_LESSON.steps);
  if (!(learningRate > 0 && learningRate <= MOST_LESSON.learningRate)) {
    throw new SodaError(
      'input',
      `learningRate is ${String(learningRate)}; it must be a number above 0, at most ` +
        String(MOST_LESSON.learningRate),
    );
  }
  // Callers without types may pass any string.
  if (!['all', 'decoder', 'encoder'].includes(train)) {
    throw new SodaError('input', `train is '${train}'; it must be 'all', 'decoder' or 'encoder'`);
  }
  return { steps, batchSize, learningRate, seed, train };
}

/** The latent as the engine takes it. Throws 'input' unless it is one of this model. */
export function toCode(given: Latent, name: string, config: ModelConfig): Code {
  const { values, noise } = toLatent(given, name);
  if (values.length !== config.latent) {
    throw new SodaError(
      'input',
      `${name} has ${String(values.length)} values; the model ${config.name} has ` +
        String(config.latent),
    );
  }
  const pixels = 3 * config.size * config.size;
  if (noise && noise.length !== pixels) {
    throw new SodaError(
      'input',
      `${name}.noise has ${String(noise.length)} numbers; the model ${config.name} has ` +
        String(pixels),
    );
  }
  return noise ? { values, noise } : { values };
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
