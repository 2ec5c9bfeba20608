import { SodaError, isFailure } from './shared/error.js';
import type { FromWorker, JobKind, Jobs, ToWorker } from './shared/protocol.js';
import { type Context, encode, morph, paint, prepare, sample } from './worker/jobs.js';
import { type Loaded, load } from './worker/load.js';
import { nameWeights } from './worker/model-files.js';
import { Lesson } from './worker/lesson.js';
import { PageFetch } from './worker/page-fetch.js';
import { Queue, breathe } from './worker/queue.js';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const queue = new Queue();
const page = new PageFetch(send);
let loaded: Loaded | undefined;
/** The lesson under way, and the number that its owner gave it. */
let teaching: { number: number; lesson: Lesson } | undefined;

type Asked = Extract<ToWorker, { kind: JobKind }>;

scope.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case 'abort':
      queue.abort(data.id);
      break;
    case 'fetched':
    case 'fetchPart':
    case 'fetchFailed':
      page.receive(data);
      break;
    default:
      void answer(data);
  }
});

async function answer(message: Asked): Promise<void> {
  const { id } = message;
  try {
    const result = await queue.add(id, (signal) =>
      run(message, {
        signal,
        onProgress: (progress) => {
          send({ kind: 'progress', id, progress });
        },
        onPart: (part) => {
          send({ kind: 'part', id, part }, [part.buffer]);
        },
      }),
    );
    send({ kind: 'done', id, result }, buffersOf(result));
  } catch (thrown) {
    const { code, message: text } = SodaError.from(thrown);
    // After a trap the memory of the engine is in no known state.
    const trapped = loaded !== undefined && !(thrown instanceof SodaError) && !isFailure(thrown);
    if (trapped || code === 'device-lost')
      send({
        kind: 'dead',
        code,
        message: trapped ? `the engine failed: ${text}; load the model again` : text,
      });
    else send({ kind: 'failed', id, code, message: text });
  }
}

async function run(message: Asked, context: Context): Promise<Jobs[JobKind]['result']> {
  if (message.kind === 'load') {
    const { request } = message;
    const fetch = request.pageFetch ? page.fetch : globalThis.fetch.bind(globalThis);
    loaded = await load(request, fetch, context.onProgress, ({ code, message: text }) => {
      send({ kind: 'dead', code, message: text });
    });
    const { backend, config, fallback } = loaded;
    return fallback === undefined ? { backend, config } : { backend, config, fallback };
  }
  if (!loaded) throw new SodaError('internal', 'a job came before the model was loaded');
  switch (message.kind) {
    case 'prepare':
      return prepare(loaded, message.request, context);
    case 'encode':
      return encode(loaded, message.request, context);
    case 'paint':
      return paint(loaded, message.request, context);
    case 'sample':
      return sample(loaded, message.request, context);
    case 'morph':
      return morph(loaded, message.request, context);
    case 'teach':
      if (teaching)
        throw new SodaError('input', 'this model is learning already; end that loop first');
      teaching = {
        number: message.request.lesson,
        lesson: await Lesson.begin(loaded, message.request, context),
      };
      return teaching.lesson.room;
    case 'teachStep':
      if (teaching?.number !== message.request.lesson)
        throw new SodaError('internal', 'a step came before the lesson');
      return teaching.lesson.step(message.request.preview, context);
    case 'teachEnd':
      // A lesson that was refused ends too, and must not end the one it was refused for.
      if (teaching?.number !== message.request.lesson) return null;
      teaching.lesson.end();
      teaching = undefined;
      return null;
    case 'save': {
      await breathe();
      const weights = await loaded.engine.weights(message.request.half);
      return { config: await nameWeights(loaded.engine.config(), weights), weights };
    }
  }
}

function buffersOf(result: Jobs[JobKind]['result']): Transferable[] {
  if (result === null) return [];
  if ('weights' in result) return [result.weights.buffer];
  if ('previews' in result) return result.previews.map((preview) => preview.buffer);
  if (!Array.isArray(result)) return [];
  return result.flatMap(({ values, noise }) =>
    noise ? [values.buffer, noise.buffer] : [values.buffer],
  );
}

function send(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}
