import type { JobRequest } from './shared/job-protocol.js';
import type { SoundJobs } from './shared/sound-protocol.js';
import { answerJobs } from './worker/answer-jobs.js';
import { soundModule } from './worker/sound-module.js';

answerJobs<SoundJobs>(async (message: JobRequest<SoundJobs>) => {
  const module = await soundModule(message.request.urls);
  switch (message.kind) {
    case 'note':
      return module.note(message.request.kind);
    case 'excerpt':
      return module.excerpt(message.request.samples);
    case 'spectrogram':
      return module.spectrogram(message.request.samples);
    case 'sound':
      return module.sound(message.request.rgba);
    case 'wav':
      return module.wav(message.request.samples);
  }
});
