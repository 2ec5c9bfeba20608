import { arrange } from './arrange.js';
import type { Answer, Request } from './messages.js';
import { neighbours, normalised } from './neighbours.js';
import { alongTheCurve } from './order.js';
import { seeded } from './seeded.js';

/** Neighbours that the map is made from, which are also those it shows. */
const NEIGHBOURS = 15;

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const { latents, width } = data;
  const count = latents.length / width;
  const found = neighbours(normalised(latents, width), width, NEIGHBOURS, (rows) => {
    if (rows % 100 === 0) tell({ kind: 'neighbours', share: rows / count });
  });
  let order = new Int32Array();
  for (const { share, positions } of arrange(count, found, seeded(1))) {
    if (share === 1) order = alongTheCurve(positions);
    tell({ kind: 'positions', share, positions });
  }
  tell({ kind: 'done', neighbours: found, order });
});

function tell(answer: Answer): void {
  postMessage(answer);
}
