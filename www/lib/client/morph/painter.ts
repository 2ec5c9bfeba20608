import type { Solution, Solved } from '../../shared/morph-protocol.js';
import { FRAGMENT, VERTEX } from './shader.js';
import { wayOf } from './way.js';
import { type Context, Program, sharedContext } from './webgl.js';

const MAPS = [
  'field',
  'deviationsA',
  'deviationsB',
  'correlations',
  'sharpA',
  'sharpB',
  'softA',
  'softB',
] as const;
type MapName = (typeof MAPS)[number];
/** How far outside an opaque picture its weight falls to nothing, in parts of the longer side. */
const FADE = 10 / 256;

/** When a frame is. */
export interface Times {
  readonly shape: number;
  readonly colour: number;
  /** Whether everything turns and grows with the whole on its way. */
  readonly spiral: boolean;
}

/** Textures of one morph. */
export interface Textures {
  readonly solved: Solved;
  readonly maps: Record<MapName, WebGLTexture>;
}

/** Draws morphs of two pictures with WebGL2. */
export class Painter {
  readonly #context: Context;
  readonly #program: Program;

  constructor(context: Context) {
    this.#context = context;
    this.#program = new Program(context.gl, VERTEX, FRAGMENT);
  }

  get accelerated(): boolean {
    return this.#context.accelerated;
  }

  get lost(): boolean {
    return this.#context.lost;
  }

  /** Brings a morph to the GPU. */
  upload(solved: Solved): Textures {
    const context = this.#context;
    return {
      solved,
      maps: {
        field: context.numbers(solved.field),
        correlations: context.numbers(solved.correlations),
        deviationsA: context.numbers(solved.a.deviations),
        deviationsB: context.numbers(solved.b.deviations),
        sharpA: context.sharp(solved.a, solved),
        sharpB: context.sharp(solved.b, solved),
        softA: context.soft(solved.a),
        softB: context.soft(solved.b),
      },
    };
  }

  /** Takes what moved pins have changed. */
  update({ maps }: Textures, { field, correlations }: Solution): void {
    this.#context.numbers(field, maps.field);
    this.#context.numbers(correlations, maps.correlations);
  }

  /** Draws a frame; the canvas that it gives shows it until the next call. */
  draw({ solved, maps }: Textures, { shape, colour, spiral }: Times): OffscreenCanvas {
    const { gl, canvas } = this.#context;
    const program = this.#program;
    const { width, height } = solved;
    this.#context.resize(solved);
    program.use();
    MAPS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(name.startsWith('soft') ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D, maps[name]);
      gl.uniform1i(program.place(name), unit);
    });
    const longer = Math.max(width, height);
    gl.uniform2i(program.place('mesh'), solved.columns, solved.rows);
    gl.uniform1f(program.place('padding'), solved.padding);
    const { turn, away, back } = wayOf(spiral ? solved.similarity : undefined, shape);
    gl.uniform2f(program.place('turn'), turn[0], turn[1]);
    gl.uniform2f(program.place('away'), away[0], away[1]);
    gl.uniform2f(program.place('back'), back[0], back[1]);
    gl.uniform1f(program.place('share'), colour * colour * (3 - 2 * colour));
    const opaque = [solved.a, solved.b].map(({ transparent }) => (transparent ? 0 : 1));
    gl.uniform2f(program.place('opaque'), opaque[0] ?? 1, opaque[1] ?? 1);
    gl.uniform2f(program.place('fade'), width / longer / FADE, height / longer / FADE);
    gl.uniform2f(program.place('size'), width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 6 * solved.columns * solved.rows);
    return canvas;
  }

  /** Frees the textures of a morph. */
  free({ maps }: Textures): void {
    for (const name of MAPS) this.#context.gl.deleteTexture(maps[name]);
  }
}

let painter: Painter | undefined;
/** What the painter was made for, or could not be. */
let triedFor: Context | undefined;

/** The page's painter; absent where there is no WebGL2, or its shaders do not link. */
export function sharedPainter(): Painter | undefined {
  const context = sharedContext();
  if (context === triedFor) return painter;
  triedFor = context;
  try {
    painter = context && new Painter(context);
  } catch {
    painter = undefined;
  }
  return painter;
}
