import type { AverageMesh, Grouped, PictureLayers } from '../../shared/morph-protocol.js';
import { PART_FRAGMENT, PART_VERTEX, SUM_FRAGMENT, SUM_VERTEX } from './average-shader.js';
import { type Context, Program, sharedContext } from './webgl.js';

/** What the textures of one average may take; more is drawn by the worker. */
const MOST_BYTES = 256 * 2 ** 20;
/** Of the three blurred copies of a picture, at most 256 pixels a side. */
const MOST_SOFT_BYTES = 3 * 4 * 256 * 256;
/** Numbers of a corner of the mesh, and their bytes. */
const [NUMBERS, BYTES] = [4, 16] as const;

/** One picture of an average. */
export interface PictureTextures {
  readonly sharp: WebGLTexture;
  readonly soft: WebGLTexture;
  readonly transparent: boolean;
}

/**
 * Draws averages with WebGL2: picture after picture is added to a sum of floating-point numbers,
 * since so many textures are too many for one pass.
 */
export class AveragePainter {
  readonly #context: Context;
  readonly #part: Program;
  readonly #whole: Program;
  readonly #sum: WebGLTexture;
  readonly #target: WebGLFramebuffer;
  readonly #corners: WebGLBuffer;
  readonly #triangles: WebGLBuffer;
  readonly #array: WebGLVertexArrayObject;
  readonly #format: number;
  #size = '';
  #mesh = '';

  /** Throws where sums of floating-point numbers cannot be drawn. */
  constructor(context: Context) {
    const { gl } = context;
    if (!gl.getExtension('EXT_color_buffer_float')) throw new Error('no sums');
    // Halves of 32 pictures, added up, still agree within a third of a level.
    this.#format = gl.getExtension('EXT_float_blend') ? gl.RGBA32F : gl.RGBA16F;
    this.#context = context;
    this.#part = new Program(gl, PART_VERTEX, PART_FRAGMENT);
    this.#whole = new Program(gl, SUM_VERTEX, SUM_FRAGMENT);
    this.#sum = gl.createTexture();
    this.#target = gl.createFramebuffer();
    this.#corners = gl.createBuffer();
    this.#triangles = gl.createBuffer();
    this.#array = gl.createVertexArray();
  }

  get lost(): boolean {
    return this.#context.lost;
  }

  /** Brings a picture to the GPU. */
  upload(layers: PictureLayers, size: Grouped): PictureTextures {
    return {
      sharp: this.#context.sharp(layers, size),
      soft: this.#context.soft(layers),
      transparent: layers.transparent,
    };
  }

  /** Draws a frame; the canvas that it gives shows it until the next call. */
  draw(pictures: readonly PictureTextures[], mesh: AverageMesh, size: Grouped): OffscreenCanvas {
    const { gl, canvas } = this.#context;
    this.#context.resize(size);
    this.#makeSum(size);
    gl.bindVertexArray(this.#array);
    this.#bringMesh(mesh, pictures.length);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE);
    const program = this.#part;
    program.use();
    const across = mesh.columns + 1;
    gl.uniform3i(program.place('mesh'), mesh.columns, mesh.rows, (pictures.length + 1) * across);
    gl.uniform2f(program.place('size'), size.width, size.height);
    gl.uniform1i(program.place('sharp'), 0);
    gl.uniform1i(program.place('soft'), 1);
    gl.vertexAttribPointer(1, NUMBERS, gl.FLOAT, false, BYTES, pictures.length * across * BYTES);
    pictures.forEach(({ sharp, soft, transparent }, i) => {
      gl.vertexAttribPointer(0, NUMBERS, gl.FLOAT, false, BYTES, i * across * BYTES);
      this.#bind(0, gl.TEXTURE_2D, sharp);
      this.#bind(1, gl.TEXTURE_2D_ARRAY, soft);
      gl.uniform1f(program.place('isOpaque'), transparent ? 0 : 1);
      gl.drawElements(gl.TRIANGLES, 6 * mesh.columns * mesh.rows, gl.UNSIGNED_INT, 0);
    });
    gl.disable(gl.BLEND);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.bindVertexArray(null);
    this.#whole.use();
    this.#bind(0, gl.TEXTURE_2D, this.#sum);
    gl.uniform1i(this.#whole.place('sum'), 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return canvas;
  }

  /** Frees textures, which a lost context has freed already. */
  free(pictures: readonly PictureTextures[]): void {
    for (const { sharp, soft } of pictures) {
      this.#context.gl.deleteTexture(sharp);
      this.#context.gl.deleteTexture(soft);
    }
  }

  #bind(unit: number, target: number, texture: WebGLTexture): void {
    const { gl } = this.#context;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(target, texture);
  }

  /** The sum has the frame's size. */
  #makeSum({ width, height }: Grouped): void {
    const size = `${String(width)} ${String(height)}`;
    if (size === this.#size) return;
    this.#size = size;
    const { gl } = this.#context;
    const type = this.#format === gl.RGBA32F ? gl.FLOAT : gl.HALF_FLOAT;
    this.#bind(0, gl.TEXTURE_2D, this.#sum);
    gl.texImage2D(gl.TEXTURE_2D, 0, this.#format, width, height, 0, gl.RGBA, type, null);
    this.#context.filter(gl.TEXTURE_2D, gl.NEAREST, gl.CLAMP_TO_EDGE);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#sum, 0);
  }

  /** The corners of this frame; the triangles between them stay from frame to frame. */
  #bringMesh({ corners, columns, rows }: AverageMesh, pictures: number): void {
    const { gl } = this.#context;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#corners);
    gl.bufferData(gl.ARRAY_BUFFER, corners, gl.STREAM_DRAW);
    gl.enableVertexAttribArray(0);
    gl.enableVertexAttribArray(1);
    const mesh = [columns, rows, pictures].join(' ');
    if (mesh === this.#mesh) return;
    this.#mesh = mesh;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#triangles);
    gl.bufferData(
      gl.ELEMENT_ARRAY_BUFFER,
      trianglesOf(columns, rows, (pictures + 1) * (columns + 1)),
      gl.STATIC_DRAW,
    );
  }
}

/** Two a cell; `stride` is from a corner to the one below. */
function trianglesOf(columns: number, rows: number, stride: number): Uint32Array<ArrayBuffer> {
  const corners = new Uint32Array(6 * columns * rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at += 6) {
      const first = row * stride + column;
      corners.set(
        [first, first + 1, first + stride, first + stride, first + 1, first + stride + 1],
        at,
      );
    }
  }
  return corners;
}

let painter: AveragePainter | undefined;
/** What the painter was made for, or could not be. */
let triedFor: Context | undefined;

/**
 * The page's painter of averages, for so many pictures of this size. Absent where no GPU draws,
 * since the worker is quicker than a driver that draws in software, and where they are too large.
 */
export function sharedAveragePainter(
  count: number,
  { width, height }: Grouped,
): AveragePainter | undefined {
  if (count * (4 * width * height + MOST_SOFT_BYTES) > MOST_BYTES) return undefined;
  const context = sharedContext();
  if (context === triedFor) return painter;
  triedFor = context;
  try {
    painter = context?.accelerated === true ? new AveragePainter(context) : undefined;
  } catch {
    painter = undefined;
  }
  return painter;
}
