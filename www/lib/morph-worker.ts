import { SodaError, isFailure } from './shared/error.js';
import type { MorphAnswer, MorphRequest } from './shared/morph-protocol.js';
import { Morphs } from './worker/morphs.js';

const morphs = new Morphs();
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
// One job at a time, in the order they came.
let queue = Promise.resolve();

scope.addEventListener('message', ({ data }: MessageEvent<MorphRequest>) => {
  queue = queue.then(() => answer(data));
});

async function answer(message: MorphRequest): Promise<void> {
  const { id } = message;
  try {
    const result = await work(message);
    scope.postMessage({ id, kind: 'done', result } satisfies MorphAnswer, transferables(result));
  } catch (error) {
    const { code, message: text } = isFailure(error) ? error : SodaError.from(error);
    scope.postMessage({ id, kind: 'failed', code, message: text } satisfies MorphAnswer);
  }
}

function work(message: MorphRequest): unknown {
  const onProgress = (done: number, total: number): void => {
    scope.postMessage({ id: message.id, kind: 'progress', done, total } satisfies MorphAnswer);
  };
  switch (message.kind) {
    case 'solve':
      return morphs.solve(message.request, onProgress);
    case 'describe':
      return morphs.describe(message.request, onProgress);
    case 'repaint':
      return morphs.repaint(message.request);
    case 'pins':
      return morphs.pins(message.request);
    case 'frame':
      return morphs.frame(message.request);
    case 'group':
      return morphs.group(message.request, onProgress);
    case 'average':
      return morphs.average(message.request);
    case 'mesh':
      return morphs.mesh(message.request);
    case 'layers':
      return morphs.layers(message.request);
    case 'free':
      return morphs.free(message.request);
  }
}

/** The buffers of a result, at any depth: they go to the page without a copy. */
function transferables(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(transferables);
}
