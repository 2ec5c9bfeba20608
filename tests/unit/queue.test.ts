import { describe, expect, test } from 'vitest';
import { Queue, breathe } from '../../www/lib/worker/queue.js';

describe('Queue', () => {
  test('runs one job at a time, in order', async () => {
    const queue = new Queue();
    const log: string[] = [];
    const job = (name: string) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await breathe();
      log.push(`${name} ends`);
      return name;
    };
    expect(await Promise.all([queue.add(1, job('a')), queue.add(2, job('b'))])).toEqual(['a', 'b']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('a failed job does not hold up the next', async () => {
    const queue = new Queue();
    const failed = queue.add(1, () => Promise.reject(new Error('no')));
    const next = queue.add(2, () => Promise.resolve('yes'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });

  test('a job aborted while it waits never runs', async () => {
    const queue = new Queue();
    let ran = false;
    const first = queue.add(1, breathe);
    const second = queue.add(2, () => Promise.resolve((ran = true)));
    queue.abort(2);
    await first;
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    expect(ran).toBe(false);
  });

  test('a running job hears of its abort, the next does not', async () => {
    const queue = new Queue();
    const heard: boolean[] = [];
    const first = queue.add(1, (signal) => {
      queue.abort(1);
      queue.abort(99);
      heard.push(signal.aborted);
      return Promise.resolve();
    });
    const second = queue.add(2, (signal) => Promise.resolve(heard.push(signal.aborted)));
    await Promise.all([first, second]);
    expect(heard).toEqual([true, false]);
  });
});

test('breathe lets messages through before it goes on', async () => {
  const { port1, port2 } = new MessageChannel();
  let got = false;
  port2.onmessage = () => {
    got = true;
  };
  port1.postMessage('abort');
  while (!(got as boolean)) await breathe();
  port1.close();
  expect(got).toBe(true);
});
