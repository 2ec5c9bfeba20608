// The types as somebody sees them who installs the package. Compiled, not run.
import {
  type Backend,
  type CallOptions,
  type Configuration,
  type DecodeOptions,
  type EncodeOptions,
  type Latent,
  type LoadOptions,
  type ModelConfig,
  type ModelFiles,
  type Morph,
  type MorphOptions,
  type Picture,
  type Pin,
  type Progress,
  type SavedModel,
  Soda,
  SodaError,
  type SodaErrorCode,
  analogy,
  clearCache,
  configure,
  interpolate,
  lerp,
  mix,
  morph,
  similarity,
  slerp,
} from 'soda-morph';
import { morph as alone } from 'soda-morph/morph';
import { type Note, RATE, excerpt, note, sound, spectrogram, wav } from 'soda-morph/sound';

/** `true` where A and B take each other in, else `never`, which no value has. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

export const same: [
  Same<Backend, 'webgpu' | 'cpu'>,
  Same<
    Picture,
    | ImageData
    | ImageBitmap
    | Blob
    | HTMLImageElement
    | HTMLCanvasElement
    | OffscreenCanvas
    | HTMLVideoElement
    | string
  >,
  Same<
    Progress,
    {
      stage: 'download' | 'compile' | 'warm-up' | 'encode' | 'decode' | 'train';
      done: number;
      total: number;
    }
  >,
  Same<ModelFiles, { config: Blob | object; weights: Blob | ArrayBuffer }>,
  Same<
    Latent,
    {
      readonly values: Float32Array;
      readonly groups: readonly number[];
      readonly noise?: Float32Array;
    }
  >,
  Same<keyof CallOptions, 'signal' | 'onProgress'>,
  Same<keyof LoadOptions, 'signal' | 'onProgress' | 'backend' | 'wasmUrl' | 'workerUrl' | 'cache'>,
  Same<keyof Configuration, 'models' | 'wasmUrl' | 'workerUrl' | 'fetch'>,
  Same<SavedModel, { config: Blob; weights: Blob }>,
  Same<keyof EncodeOptions, 'signal' | 'onProgress' | 'invert' | 'corrected'>,
  Same<
    keyof DecodeOptions,
    | 'signal'
    | 'onProgress'
    | 'steps'
    | 'sampler'
    | 'guidance'
    | 'levelGuidance'
    | 'seed'
    | 'view'
    | 'size'
  >,
  Same<DecodeOptions['sampler'], 'ddim' | 'dpm++2m' | undefined>,
  Same<ModelConfig['groups'], readonly number[]>,
  Same<
    SodaErrorCode,
    | 'unsupported'
    | 'network'
    | 'weights'
    | 'input'
    | 'aborted'
    | 'device-lost'
    | 'out-of-memory'
    | 'disposed'
    | 'internal'
  >,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];

export const load: (model: string | URL | ModelFiles, options?: LoadOptions) => Promise<Soda> = (
  ...args
) => Soda.load(...args);
export const between: ((a: Latent, b: Latent, t: number) => Latent)[] = [lerp, slerp, mix];
export const mean: Latent = interpolate([], [], 'spherical');
export const edited: (a: Latent, b: Latent, c: Latent) => Latent = analogy;
export const closeness: (a: Latent, b: Latent) => number = similarity;

export async function everything(signal: AbortSignal): Promise<void> {
  const soda = await Soda.load(new URL('https://example.org/model/'), {
    backend: 'auto',
    signal,
    onProgress: ({ stage, done, total }) => {
      console.log(stage, done, total);
    },
  });
  const why: string | undefined = soda.fallback;
  const one: Latent[] = await soda.encode('a.png', { invert: true });
  const many: Latent[] = await soda.encode([new Blob(), new ImageData(1, 1)] as const);
  const [a, b] = [...one, ...many];
  if (!a || !b) throw new SodaError('internal', why ?? 'none', { cause: one });
  const pictures: ImageData[] = await soda.decode([a, b], {
    steps: 4,
    sampler: 'dpm++2m',
    guidance: 1,
    seed: 7,
    view: 'noto',
  });
  for await (const frame of soda.interpolate(a, b, { frames: 5, signal }))
    console.log(frame.width, pictures.length);
  const drawn: { latent: Latent; picture: ImageData }[] = await soda.sample({
    count: 3,
    seed: 1,
    steps: 2,
    temperature: 0.8,
    signal,
  });
  const unpainted: Latent[] = await soda.draw({
    count: 3,
    seed: 1,
    temperature: 0.8,
    autoguidance: soda.config.guide ? 1.5 : 0,
    signal,
  });
  console.log(drawn.length, unpainted.length, soda.config.prior);
  const frames: AsyncIterable<ImageData> = soda.interpolate(a, b);
  console.log(frames, soda.backend, soda.config.parameters);
  const { config, weights }: { config: Blob; weights: Blob } = await soda.save({
    dtype: 'f32',
    signal,
  });
  const lost: SodaError = await soda.lost;
  console.log(config.size, weights.size, lost.code);
  soda.dispose();
  {
    using short = await Soda.load('emoji64');
    console.log(short.backend);
  }
  configure({
    models: '/models/',
    wasmUrl: new URL('https://example.org/wasm/'),
    workerUrl: undefined,
    fetch: (...asked) => fetch(...asked),
  });
  await clearCache();
  await Soda.clearCache();

  // @ts-expect-error -- instances come from Soda.load
  new Soda();
  // @ts-expect-error -- read-only
  soda.backend = 'cpu';
  // @ts-expect-error -- not a sampler
  await soda.decode(a, { sampler: 'euler' });
}

export async function sounds(signal: AbortSignal): Promise<Blob> {
  const kind: Note = 'bell';
  const samples: Float32Array = await excerpt(await note(kind), { signal });
  const picture: ImageData = await spectrogram(samples, { wasmUrl: '/wasm/', workerUrl: '/w.js' });
  console.log(samples.length / RATE);
  // @ts-expect-error -- not a note
  await note('kazoo');
  return wav(await sound(picture));
}

export async function originals(a: Picture, b: Picture): Promise<void> {
  const options: MorphOptions = {
    size: 512,
    fit: 'contain',
    pins: [{ a: [0.1, 0.2], b: [0.3, 0.4] }],
    features: 'plain',
  };
  const pair: Morph = await morph(a, b, options);
  const {
    width,
    height,
    features,
    confidence,
    pins,
  }: {
    width: number;
    height: number;
    features: 'semantic' | 'plain';
    confidence: number;
    pins: readonly Pin[];
  } = pair;
  pair.draw(new OffscreenCanvas(width, height), 0.5, { shape: 0.4, colour: confidence });
  const frame: ImageData = await (await alone(a, b)).frame(0.5);
  await pair.setPins(pins, { signal: AbortSignal.timeout(1000) });
  console.log(features, frame.width);
  pair.dispose();
}
