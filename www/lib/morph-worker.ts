import type { MorphJobs } from './shared/morph-protocol.js';
import { answerJobs } from './worker/answer-jobs.js';
import { Morphs } from './worker/morphs.js';

const morphs = new Morphs();

answerJobs<MorphJobs>((message, onProgress) => {
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
});
