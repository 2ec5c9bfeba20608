import { beforeEach, describe, expect, test } from 'vitest';
import { Channel } from '../../www/lib/client/channel.js';
import { JobChannel } from '../../www/lib/client/job-channel.js';
import type { Progress } from '../../www/lib/shared/api.js';
import { SodaError } from '../../www/lib/shared/error.js';
import type { JobAnswer } from '../../www/lib/shared/job-protocol.js';
import type { FromWorker, ToWorker } from '../../www/lib/shared/protocol.js';

/** A worker that does nothing by itself. */
class IdleWorker extends EventTarget {
  posted: ToWorker[] = [];
  ended = false;

  postMessage(message: ToWorker): void {
    this.posted.push(message);
  }
  terminate(): void {
    this.ended = true;
  }
  says(data: FromWorker): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  answers(data: JobAnswer): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

let worker: IdleWorker;
let channel: Channel;
const request = { pictures: [], invert: false, corrected: true };

beforeEach(() => {
  worker = new IdleWorker();
  channel = new Channel(worker as unknown as Worker);
});

describe('Channel', () => {
  test('each answer goes to the call of its number', async () => {
    const [first, second] = [channel.call('encode', request), channel.call('encode', request)];
    const [one, two] = [[{ values: new Float32Array([1]) }], [{ values: new Float32Array([2]) }]];
    worker.says({ kind: 'done', id: 1, result: two });
    worker.says({ kind: 'done', id: 0, result: one });
    expect(await first).toBe(one);
    expect(await second).toBe(two);
  });

  test('a failed job rejects with its code', async () => {
    const call = channel.call('encode', request);
    worker.says({ kind: 'failed', id: 0, code: 'input', message: 'no picture' });
    await expect(call).rejects.toEqual(new SodaError('input', 'no picture'));
    await expect(call).rejects.toMatchObject({ code: 'input' });
  });

  test('an abort rejects at once and tells the worker; a late answer is let go', async () => {
    const stop = new AbortController();
    const call = channel.call('encode', request, { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(worker.posted.map(({ kind }) => kind)).toEqual(['encode', 'abort']);
    worker.says({ kind: 'done', id: 0, result: [] });
  });

  test('a call with an aborted signal asks nothing', async () => {
    await expect(
      channel.call('encode', request, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(worker.posted).toEqual([]);
  });

  test('an abort after the answer does nothing', async () => {
    const stop = new AbortController();
    const call = channel.call('encode', request, { signal: stop.signal });
    worker.says({ kind: 'done', id: 0, result: [] });
    await call;
    stop.abort();
    expect(worker.posted).toHaveLength(1);
  });

  test.each([
    [
      'a dead engine',
      'device-lost',
      (it: IdleWorker) => {
        it.says({ kind: 'dead', code: 'device-lost', message: 'gone' });
      },
    ],
    [
      'an answer that cannot be read',
      'out-of-memory',
      (it: IdleWorker) => {
        it.dispatchEvent(new Event('messageerror'));
      },
    ],
    [
      'a script that does not load',
      'network',
      (it: IdleWorker) => {
        it.dispatchEvent(new Event('error'));
      },
    ],
  ])('%s ends all calls, now and later, and the worker', async (_, code, happens) => {
    const call = channel.call('encode', request);
    happens(worker);
    await expect(call).rejects.toMatchObject({ code });
    await expect(channel.call('encode', request)).rejects.toMatchObject({ code });
    expect(worker.ended).toBe(true);
    expect(await channel.ended).toMatchObject({ code });
  });

  test('what cannot be sent rejects its call and leaves the channel as it was', async () => {
    worker.postMessage = (message: ToWorker) => {
      worker.posted.push(structuredClone(message));
    };
    const stop = new AbortController();
    const wrong = { pictures: (() => undefined) as unknown as [], invert: false, corrected: true };
    await expect(channel.call('encode', wrong, { signal: stop.signal })).rejects.toMatchObject({
      code: 'input',
    });
    stop.abort();
    expect(worker.posted).toEqual([]);
    const call = channel.call('encode', request);
    worker.says({ kind: 'done', id: 1, result: [] });
    expect(await call).toEqual([]);
  });
});

test('what is thrown becomes an error with a code', () => {
  expect(SodaError.from({ code: 'weights', message: 'short' })).toMatchObject({
    code: 'weights',
    message: 'short',
  });
  expect(SodaError.from({ code: 'nonsense', message: 'x' }).code).toBe('internal');
  expect(SodaError.from(new RangeError('WebAssembly.Memory(): out of memory')).code).toBe(
    'out-of-memory',
  );
  expect(SodaError.from(new DOMException('stop', 'AbortError')).code).toBe('aborted');
  expect(SodaError.from('odd')).toMatchObject({ code: 'internal', message: 'odd' });
});

describe('JobChannel', () => {
  interface Jobs {
    double: { request: { value: unknown }; result: number };
  }

  test('answers, progress, and one end for all calls, as for a model’s worker', async () => {
    const jobs = new JobChannel<Jobs>(worker as unknown as Worker, 'sum');
    const progress: Progress[] = [];
    const call = jobs.call(
      'double',
      { value: 2 },
      { onProgress: (each) => progress.push({ ...each }) },
    );
    worker.answers({ kind: 'progress', id: 0, done: 1, total: 2 });
    worker.answers({ kind: 'done', id: 0, result: 4 });
    expect(await call).toBe(4);
    expect(progress).toEqual([{ stage: 'download', done: 1, total: 2 }]);
    const late = jobs.call('double', { value: 3 });
    worker.dispatchEvent(new Event('messageerror'));
    await expect(late).rejects.toMatchObject({ code: 'out-of-memory' });
    expect(jobs.ended && worker.ended).toBe(true);
  });

  test('what cannot be sent rejects its call', async () => {
    worker.postMessage = (message: ToWorker) => void structuredClone(message);
    const jobs = new JobChannel<Jobs>(worker as unknown as Worker, 'sum');
    await expect(jobs.call('double', { value: () => 2 })).rejects.toMatchObject({ code: 'input' });
    expect(jobs.ended).toBe(false);
  });
});
