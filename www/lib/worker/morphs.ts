import { SodaError } from '../shared/error.js';
import type {
  AverageMesh,
  GroupRequest,
  Grouped,
  MorphJobs,
  NumberMap,
  PictureLayers,
  Solution,
  Solved,
} from '../shared/morph-protocol.js';
import type { Raster } from '../shared/protocol.js';
import { bytesOf, fetchCounted } from './download.js';
import {
  type MorphModule,
  type WasmGroup,
  type WasmLayers,
  type WasmMatcher,
  type WasmMorph,
  type WasmPictures,
} from './morph-module.js';
import { startModule } from './wasm-module.js';

type OnProgress = (done: number, total: number) => void;

const net = { fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init) };

/** The morphs of a page, in its worker. */
export class Morphs {
  #module: Promise<MorphModule> | undefined;
  readonly #matchers = new Map<string, Promise<WasmMatcher>>();
  readonly #morphs = new Map<number, WasmMorph>();
  readonly #groups = new Map<number, WasmGroup>();

  /** Solves a morph and keeps it under its number. */
  async solve(request: MorphJobs['solve']['request'], onProgress: OnProgress): Promise<Solved> {
    const { size, contain, pins } = request;
    const { module, matcher, pictures } = await this.#ready(request, onProgress);
    const morph = (matcher ?? module.Morph).solve(pictures, size, contain, pins);
    return this.#keep(request.morph, morph);
  }

  /** Other pictures in the places of a morph's, kept under a number of their own. */
  async repaint({ morph, of, pictures }: MorphJobs['repaint']['request']): Promise<Solved> {
    const original = this.#get(of);
    if (!this.#module) throw disposed();
    const taken = taking(await this.#module, pictures);
    return this.#keep(morph, original.repainted(taken));
  }

  /** Brings many pictures together and keeps them under their number. */
  async group(request: MorphJobs['group']['request'], onProgress: OnProgress): Promise<Grouped> {
    const { size, contain } = request;
    const { module, matcher, pictures } = await this.#ready(request, onProgress);
    const group = (matcher ?? module.Group).group(pictures, size, contain);
    this.#groups.set(request.morph, group);
    const { width, height, semantic, confidence } = group;
    return { width, height, features: semantic ? 'semantic' : 'plain', confidence };
  }

  /** RGBA of an average. */
  average({ morph, weights }: MorphJobs['average']['request']): Uint8ClampedArray<ArrayBuffer> {
    return this.#getGroup(morph).frame(weights);
  }

  /** The same as a shader needs it. */
  mesh({ morph, weights }: MorphJobs['mesh']['request']): AverageMesh {
    const group = this.#getGroup(morph);
    const [columns = 1, rows = 1] = group.mesh();
    return { corners: group.corners(weights), columns, rows };
  }

  /** A picture of an average as a shader needs it. */
  layers({ morph, index }: MorphJobs['layers']['request']): PictureLayers {
    return layersOf(this.#getGroup(morph).layers(index));
  }

  /** What is in pictures, by the matcher. */
  async describe(
    { urls, pictures }: MorphJobs['describe']['request'],
    onProgress: OnProgress,
  ): Promise<MorphJobs['describe']['result']> {
    const module = await this.#load(urls.module, urls.wasm);
    const matcher =
      urls.matcher === undefined
        ? undefined
        : await this.#matcher(module, urls.matcher, onProgress, true);
    if (!matcher)
      throw new SodaError('internal', 'pictures are described by the matcher, and there is none');
    return pictures.map(({ data, width, height }) => matcher.describe(data, width, height));
  }

  /** Solves again with other pins. */
  pins({ morph, pins }: MorphJobs['pins']['request']): Solution {
    const solved = this.#get(morph);
    solved.setPins(pins);
    return solution(solved);
  }

  /** RGBA of a frame. */
  frame({
    morph,
    shape,
    colour,
    spiral,
  }: MorphJobs['frame']['request']): Uint8ClampedArray<ArrayBuffer> {
    return this.#get(morph).frame(shape, colour, spiral);
  }

  /** Forgets a morph or a group. */
  free({ morph }: MorphJobs['free']['request']): null {
    for (const kept of [this.#morphs, this.#groups]) {
      kept.get(morph)?.free();
      kept.delete(morph);
    }
    return null;
  }

  /** What solving takes. */
  async #ready(
    { urls, pictures, mustMatch }: GroupRequest,
    onProgress: OnProgress,
  ): Promise<{ module: MorphModule; matcher: WasmMatcher | undefined; pictures: WasmPictures }> {
    const module = await this.#load(urls.module, urls.wasm);
    const matcher =
      urls.matcher === undefined
        ? undefined
        : await this.#matcher(module, urls.matcher, onProgress, mustMatch);
    return { module, matcher, pictures: taking(module, pictures) };
  }

  #keep(number: number, morph: WasmMorph): Solved {
    this.#morphs.set(number, morph);
    const [columns = 1, rows = 1] = morph.mesh();
    return {
      ...solution(morph),
      width: morph.width,
      height: morph.height,
      features: morph.semantic ? 'semantic' : 'plain',
      a: layersOf(morph.layers(false)),
      b: layersOf(morph.layers(true)),
      columns,
      rows,
    };
  }

  #get(morph: number): WasmMorph {
    const found = this.#morphs.get(morph);
    if (!found) throw disposed();
    return found;
  }

  #getGroup(morph: number): WasmGroup {
    const found = this.#groups.get(morph);
    if (!found) throw disposed();
    return found;
  }

  #load(module: string, wasm: string): Promise<MorphModule> {
    this.#module ??= fetchCounted(wasm, net, () => undefined).then((response) =>
      startModule<MorphModule>(module, response),
    );
    // What failed once may work the next time.
    this.#module.catch(() => {
      this.#module = undefined;
    });
    return this.#module;
  }

  async #matcher(
    module: MorphModule,
    url: string,
    onProgress: OnProgress,
    mustMatch: boolean,
  ): Promise<WasmMatcher | undefined> {
    let matcher = this.#matchers.get(url);
    if (!matcher) {
      matcher = fetchCounted(url, net, onProgress)
        .then((response) => bytesOf(response, url))
        .then((bytes) => module.Matcher.load(bytes));
      this.#matchers.set(url, matcher);
    }
    try {
      return await matcher;
    } catch (error) {
      this.#matchers.delete(url);
      if (mustMatch) throw error;
      return undefined;
    }
  }
}

function taking(module: MorphModule, pictures: readonly Raster[]): WasmPictures {
  const taken = new module.Pictures();
  for (const { data, width, height } of pictures) taken.add(data, width, height);
  return taken;
}

function disposed(): SodaError {
  return new SodaError('disposed', 'this morph was disposed of');
}

function solution(morph: WasmMorph): Solution {
  const field = morph.field();
  const [width = 0, height = 0, padding = 0] = field;
  const correlations = morph.correlations();
  const [columns = 0, rows = 0] = correlations;
  return {
    confidence: morph.confidence,
    field: { width, height, values: field.slice(3) },
    padding,
    similarity: morph.similarity(),
    correlations: { width: columns, height: rows, values: correlations.slice(2) },
  };
}

function layersOf(layers: WasmLayers): PictureLayers {
  const deviations: NumberMap = {
    width: layers.coarse_width,
    height: layers.coarse_height,
    values: layers.deviations,
  };
  const { sharp, transparent, soft, soft_width: softWidth, soft_height: softHeight } = layers;
  layers.free();
  return { sharp, transparent, soft, softWidth, softHeight, deviations };
}
