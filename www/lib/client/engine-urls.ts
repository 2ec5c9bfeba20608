import type { Build, EngineUrls } from '../shared/protocol.js';
import { absoluteUrl, here } from './worker-script.js';

/** Where the wasm builds are. Written out in full, so that bundlers see each file. */
export function engineUrls(folder: string | URL | undefined): Record<Build, EngineUrls> {
  if (folder !== undefined) {
    const base = new URL(absoluteUrl(folder));
    base.pathname = base.pathname.replace(/\/?$/, '/');
    const at = (file: string): string => {
      const url = new URL(file, base);
      url.search = base.search;
      return url.href;
    };
    const build = (name: Build): EngineUrls => ({
      module: at(`${name}/soda.js`),
      wasm: at(`${name}/soda_bg.wasm`),
    });
    return { cpu: build('cpu'), 'cpu-relaxed': build('cpu-relaxed'), webgpu: build('webgpu') };
  }
  here();
  return {
    cpu: {
      module: new URL('./cpu/soda.js', import.meta.url).href,
      wasm: new URL('./cpu/soda_bg.wasm', import.meta.url).href,
    },
    'cpu-relaxed': {
      module: new URL('./cpu-relaxed/soda.js', import.meta.url).href,
      wasm: new URL('./cpu-relaxed/soda_bg.wasm', import.meta.url).href,
    },
    webgpu: {
      module: new URL('./webgpu/soda.js', import.meta.url).href,
      wasm: new URL('./webgpu/soda_bg.wasm', import.meta.url).href,
    },
  };
}
