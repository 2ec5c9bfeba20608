import { connect, createServer } from 'node:net';

/**
 * A slow line to a server on this machine: all connections through it share `bitsPerSecond` downwards, and every packet comes
 * `delayMs` late. Throttling in the browser would miss what workers fetch.
 */
export async function slowLine(port, { bitsPerSecond, delayMs }) {
  const bytesPerMs = bitsPerSecond / 8 / 1000;
  let free = 0; // When the line has sent all that it was given, in milliseconds of performance.now().
  const line = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('data', (bytes) => setTimeout(() => far.write(bytes), delayMs));
    far.on('data', (bytes) => {
      const now = performance.now();
      free = Math.max(free, now) + bytes.length / bytesPerMs;
      far.pause();
      setTimeout(
        () => {
          near.write(bytes);
        },
        free - now + delayMs,
      );
      setTimeout(() => {
        far.resume();
      }, free - now);
    });
    far.on('end', () =>
      setTimeout(() => near.end(), Math.max(0, free - performance.now()) + 2 * delayMs),
    );
    for (const [one, other] of [
      [near, far],
      [far, near],
    ])
      one.on('error', () => {
        other.destroy();
      });
    near.on('close', () => {
      far.destroy();
    });
  });
  await new Promise((done) => {
    line.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${line.address().port}/`,
    close: () => {
      line.close();
    },
  };
}
