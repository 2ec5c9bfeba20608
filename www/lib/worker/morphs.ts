import { SodaError } from '../shared/error.js';
import type {
  MorphJobs,
  NumberMap,
  PictureLayers,
  Solution,
  Solved,
} from '../shared/morph-protocol.js';
import { bytesOf, fetchCounted } from './download.js';
import {
  type MorphModule,
  type WasmLayers,
  type WasmMatcher,
  type WasmMorph,
  startMorphModule,
} from './morph-module.js';

type OnProgress = (done: number, total: number) => void;

const net = { fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init) };

/** The morphs of a page, in its worker. */
export class Morphs {
  #module: Promise<MorphModule> | undefined;
  readonly #matchers = new Map<string, Promise<WasmMatcher>>();
  readonly #morphs = new Map<number, WasmMorph>();

  /** Solves a morph and keeps it under its number. */
  async solve(request: MorphJobs['solve']['request'], onProgress: OnProgress): Promise<Solved> {
    const { urls, size, contain, pins, mustMatch } = request;
    const module = await this.#load(urls.module, urls.wasm);
    const matcher =
      urls.matcher === undefined
        ? undefined
        : await this.#matcher(module, urls.matcher, onProgress, mustMatch);
    const pictures = new module.Pictures();
    for (const { data, width, height } of request.pictures) pictures.add(data, width, height);
    const morph = (matcher ?? module.Morph).solve(pictures, size, contain, pins);
    this.#morphs.set(request.morph, morph);
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
  frame({ morph, shape, colour }: MorphJobs['frame']['request']): Uint8ClampedArray<ArrayBuffer> {
    return this.#get(morph).frame(shape, colour);
  }

  /** Forgets a morph. */
  free({ morph }: MorphJobs['free']['request']): null {
    this.#morphs.get(morph)?.free();
    this.#morphs.delete(morph);
    return null;
  }

  #get(morph: number): WasmMorph {
    const found = this.#morphs.get(morph);
    if (!found) throw new SodaError('disposed', 'this morph was disposed of');
    return found;
  }

  #load(module: string, wasm: string): Promise<MorphModule> {
    this.#module ??= fetchCounted(wasm, net, () => undefined).then((response) =>
      startMorphModule(module, response),
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

function solution(morph: WasmMorph): Solution {
  const field = morph.field();
  const [width = 0, height = 0, padding = 0] = field;
  const correlations = morph.correlations();
  const [columns = 0, rows = 0] = correlations;
  return {
    confidence: morph.confidence,
    field: { width, height, values: field.slice(3) },
    padding,
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
