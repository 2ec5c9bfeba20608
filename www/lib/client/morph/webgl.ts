import { SodaError } from '../../shared/error.js';
import type { NumberMap, PictureLayers } from '../../shared/morph-protocol.js';

/** How drivers that draw on the CPU call themselves. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** A WebGL2 context on a canvas that nobody sees. What it draws shows there until the next call. */
export class Context {
  readonly canvas: OffscreenCanvas;
  readonly gl: WebGL2RenderingContext;

  private constructor(canvas: OffscreenCanvas, gl: WebGL2RenderingContext) {
    this.canvas = canvas;
    this.gl = gl;
  }

  /** Absent where there is no WebGL2, or its limits are too small. */
  static create(): Context | undefined {
    try {
      const canvas = new OffscreenCanvas(1, 1);
      const gl = canvas.getContext('webgl2', {
        antialias: false,
        depth: false,
        premultipliedAlpha: true,
      });
      if (!gl || gl.getParameter(gl.MAX_VERTEX_TEXTURE_IMAGE_UNITS) < 4) return undefined;
      return new Context(canvas, gl);
    } catch {
      return undefined;
    }
  }

  /** Whether a GPU draws, as far as the browser tells. */
  get accelerated(): boolean {
    const details = this.gl.getExtension('WEBGL_debug_renderer_info');
    const name: unknown = this.gl.getParameter(
      details?.UNMASKED_RENDERER_WEBGL ?? this.gl.RENDERER,
    );
    return !SOFTWARE.test(String(name));
  }

  /** Whether the context is gone, and all textures with it. */
  get lost(): boolean {
    return this.gl.isContextLost();
  }

  /** Brings canvas and viewport to a frame's size. */
  resize({ width, height }: { width: number; height: number }): void {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.gl.viewport(0, 0, width, height);
  }

  /** A map of numbers as a texture, which is read cell by cell. */
  numbers(
    { width, height, values }: NumberMap,
    texture: WebGLTexture = this.gl.createTexture(),
  ): WebGLTexture {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, values);
    this.filter(gl.TEXTURE_2D, gl.NEAREST, gl.CLAMP_TO_EDGE);
    return texture;
  }

  /** A picture as a texture. */
  sharp(
    { sharp }: PictureLayers,
    { width, height }: { width: number; height: number },
  ): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, sharp);
    this.filter(gl.TEXTURE_2D, gl.LINEAR, gl.MIRRORED_REPEAT);
    return texture;
  }

  /** Its blurred copies as a texture of three layers. */
  soft({ soft, softWidth, softHeight }: PictureLayers): WebGLTexture {
    const { gl } = this;
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
    this.filter(gl.TEXTURE_2D_ARRAY, gl.LINEAR, gl.MIRRORED_REPEAT);
    return texture;
  }

  /** How the texture that is bound is read. */
  filter(target: number, filter: number, wrap: number): void {
    const { gl } = this;
    gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(target, gl.TEXTURE_WRAP_S, wrap);
    gl.texParameteri(target, gl.TEXTURE_WRAP_T, wrap);
  }
}

/** Two shaders linked, with the places of their uniforms. */
export class Program {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl;
    this.#program = link(gl, vertex, fragment);
  }

  use(): void {
    this.#gl.useProgram(this.#program);
  }

  /** Of a uniform. */
  place(name: string): WebGLUniformLocation | null {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#gl.getUniformLocation(this.#program, name);
      this.#places.set(name, place);
    }
    return place;
  }
}

// One context for all morphs of the page: a browser gives out few.
let context: Context | undefined;
let tried = false;

/** The page's context; another one where the last was lost, none where there is no WebGL2. */
export function sharedContext(): Context | undefined {
  if (context?.lost) {
    context = undefined;
    tried = false;
  }
  if (!tried) context = Context.create();
  tried = true;
  return context;
}

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
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
