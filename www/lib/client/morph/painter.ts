import { SodaError } from '../../shared/error.js';
import type { NumberMap, PictureLayers, Solution, Solved } from '../../shared/morph-protocol.js';
import { FRAGMENT, VERTEX } from './shader.js';
import { wayOf } from './way.js';

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
/** How drivers that draw on the CPU call themselves. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

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

/**
 * Draws morphs with WebGL2, all of a page on one canvas that nobody sees: a browser gives out few
 * contexts.
 */
export class Painter {
  readonly #canvas: OffscreenCanvas;
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  private constructor(gl: WebGL2RenderingContext, canvas: OffscreenCanvas) {
    this.#gl = gl;
    this.#canvas = canvas;
    this.#program = link(gl);
  }

  /** Absent where there is no WebGL2, or its limits are too small. */
  static create(): Painter | undefined {
    try {
      const canvas = new OffscreenCanvas(1, 1);
      const gl = canvas.getContext('webgl2', {
        antialias: false,
        depth: false,
        premultipliedAlpha: true,
      });
      if (!gl || gl.getParameter(gl.MAX_VERTEX_TEXTURE_IMAGE_UNITS) < 4) return undefined;
      return new Painter(gl, canvas);
    } catch {
      return undefined;
    }
  }

  /** Whether a GPU draws, as far as the browser tells. */
  get accelerated(): boolean {
    const details = this.#gl.getExtension('WEBGL_debug_renderer_info');
    const name: unknown = this.#gl.getParameter(
      details?.UNMASKED_RENDERER_WEBGL ?? this.#gl.RENDERER,
    );
    return !SOFTWARE.test(String(name));
  }

  /** Whether the context is gone, and all textures with it. */
  get lost(): boolean {
    return this.#gl.isContextLost();
  }

  /** Brings a morph to the GPU. */
  upload(solved: Solved): Textures {
    return {
      solved,
      maps: {
        field: this.#numbers(solved.field),
        correlations: this.#numbers(solved.correlations),
        deviationsA: this.#numbers(solved.a.deviations),
        deviationsB: this.#numbers(solved.b.deviations),
        sharpA: this.#sharp(solved.a, solved),
        sharpB: this.#sharp(solved.b, solved),
        softA: this.#soft(solved.a),
        softB: this.#soft(solved.b),
      },
    };
  }

  /** Takes what moved pins have changed. */
  update({ maps }: Textures, { field, correlations }: Solution): void {
    this.#numbers(field, maps.field);
    this.#numbers(correlations, maps.correlations);
  }

  /** Draws a frame; the canvas that it gives shows it until the next call. */
  draw({ solved, maps }: Textures, { shape, colour, spiral }: Times): OffscreenCanvas {
    const gl = this.#gl;
    const { width, height } = solved;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.useProgram(this.#program);
    MAPS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(name.startsWith('soft') ? gl.TEXTURE_2D_ARRAY : gl.TEXTURE_2D, maps[name]);
      gl.uniform1i(this.#place(name), unit);
    });
    const longer = Math.max(width, height);
    gl.uniform2i(this.#place('mesh'), solved.columns, solved.rows);
    gl.uniform1f(this.#place('padding'), solved.padding);
    const { turn, away, back } = wayOf(spiral ? solved.similarity : undefined, shape);
    gl.uniform2f(this.#place('turn'), turn[0], turn[1]);
    gl.uniform2f(this.#place('away'), away[0], away[1]);
    gl.uniform2f(this.#place('back'), back[0], back[1]);
    gl.uniform1f(this.#place('share'), colour * colour * (3 - 2 * colour));
    gl.uniform2f(this.#place('opaque'), solved.a.transparent ? 0 : 1, solved.b.transparent ? 0 : 1);
    gl.uniform2f(this.#place('fade'), width / longer / FADE, height / longer / FADE);
    gl.uniform2f(this.#place('size'), width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 6 * solved.columns * solved.rows);
    return this.#canvas;
  }

  /** Frees the textures of a morph. */
  free({ maps }: Textures): void {
    for (const name of MAPS) this.#gl.deleteTexture(maps[name]);
  }

  #place(name: string): WebGLUniformLocation | null {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#gl.getUniformLocation(this.#program, name);
      this.#places.set(name, place);
    }
    return place;
  }

  #numbers(
    { width, height, values }: NumberMap,
    texture: WebGLTexture = this.#gl.createTexture(),
  ): WebGLTexture {
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, values);
    this.#filter(gl.TEXTURE_2D, gl.NEAREST, gl.CLAMP_TO_EDGE);
    return texture;
  }

  #sharp({ sharp }: PictureLayers, { width, height }: Solved): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, sharp);
    this.#filter(gl.TEXTURE_2D, gl.LINEAR, gl.MIRRORED_REPEAT);
    return texture;
  }

  #soft({ soft, softWidth, softHeight }: PictureLayers): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
    gl.texImage3D(
      gl.TEXTURE_2D_ARRAY,
      0,
      gl.RGBA8,
      softWidth,
      softHeight,
      3,
      0,
      gl.RGBA,
      gl.UNSIGNED_BYTE,
      soft,
    );
    this.#filter(gl.TEXTURE_2D_ARRAY, gl.LINEAR, gl.MIRRORED_REPEAT);
    return texture;
  }

  #filter(target: number, filter: number, wrap: number): void {
    const gl = this.#gl;
    gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_WRAP_S, wrap);
    gl.texParameteri(target, gl.TEXTURE_WRAP_T, wrap);
  }
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new SodaError('unsupported', 'WebGL2 gives no shader');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new SodaError(
      'unsupported',
      `the morph's shader does not link: ${gl.getProgramInfoLog(program) ?? ''}`,
    );
  }
  return program;
}
