import { SodaError, isFailure } from './shared/error.js';
import type { FromWorker, JobKind, Jobs, ToWorker } from './shared/protocol.js';
import { type Context, encode, morph, paint, prepare, sample } from './worker/jobs.js';
import { type Loaded, load } from './worker/load.js';
import { Lesson } from './worker/lesson.js';
import { Queue, breathe } from './worker/queue.js';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const queue = new Queue();
let loaded: Loaded | undefined;
let lesson: Lesson | undefined;

scope.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'abort') queue.abort(data.id);
  else void answer(data);
});

async function answer(message: Exclude<ToWorker, { kind: 'abort' }>): Promise<void> {
  const { id } = message;
  try {
    const result = await queue.add(id, (signal) =>
      run(message, {
        signal,
        onProgress: (progress) => { send({ kind: 'progress', id, progress }); },
        onPart: (part) => { send({ kind: 'part', id, part }, [part.buffer]); },
      }),
    );
    send({ kind: 'done', id, result }, buffersOf(result));
  } catch (thrown) {
    const { code, message: text } = SodaError.from(thrown);
    // After a trap the memory of the engine is in no known state.
    const trapped = loaded !== undefined && !(thrown instanceof SodaError) && !isFailure(thrown);
    if (trapped || code === 'device-lost') send({ kind: 'dead', code, message: trapped ? `the engine failed: ${text}; load the model again` : text });
    else send({ kind: 'failed', id, code, message: text });
  }
}

async function run(message: Exclude<ToWorker, { kind: 'abort' }>, context: Context): Promise<Jobs[JobKind]['result']> {
  if (message.kind === 'load') {
    loaded = await load(message.request, context.onProgress, ({ code, message: text }) => { send({ kind: 'dead', code, message: text }); });
    const { backend, config, fallback } = loaded;
    return fallback === undefined ? { backend, config } : { backend, config, fallback };
  }
  if (!loaded) throw new SodaError('internal', 'a job came before the model was loaded');
  switch (message.kind) {
    case 'prepare': return prepare(loaded, message.request, context);
    case 'encode': return encode(loaded, message.request, context);
    case 'paint': return paint(loaded, message.request, context);
    case 'sample': return sample(loaded, message.request, context);
    case 'morph': return morph(loaded, message.request, context);
    case 'teach':
      if (lesson) throw new SodaError('input', 'this model is learning already; end that loop first');
      lesson = await Lesson.begin(loaded, message.request, context);
      return lesson.room;
    case 'teachStep':
      if (!lesson) throw new SodaError('internal', 'a step came before the lesson');
      return lesson.step(message.request.preview, context);
    case 'teachEnd':
      lesson?.end();
      lesson = undefined;
      return null;
    case 'save': {
      await breathe();
      return { config: loaded.engine.config(), weights: await loaded.engine.weights(message.request.half) };
    }
  }
}

function buffersOf(result: Jobs[JobKind]['result']): Transferable[] {
  if (result === null) return [];
  if ('weights' in result) return [result.weights.buffer];
  if ('previews' in result) return result.previews.map((preview) => preview.buffer);
  if (!Array.isArray(result)) return [];
  return result.flatMap(({ values, noise }) => (noise ? [values.buffer, noise.buffer] : [values.buffer]));
}

function send(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}
