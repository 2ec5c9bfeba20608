import type { BackendChoice, Model } from './engine.js';

/** Models that come with the page. */
export const SHIPPED: readonly Model[] = [
  { id: 'emoji64', name: 'Emoji', source: folder('models/emoji64/') },
  { id: 'faces64', name: 'Faces', source: folder('models/faces64/') },
];

/** `?model=` a folder of this site and `?backend=`, for trying things out. */
export function asked(): { model: Model | undefined; backend: BackendChoice } {
  const query = new URLSearchParams(location.search);
  const path = query.get('model');
  const source = path === null ? undefined : folder(path);
  const backend = query.get('backend');
  return {
    model: source?.origin === location.origin ? { id: 'asked', name: path ?? '', source } : undefined,
    backend: backend === 'cpu' || backend === 'webgpu' ? backend : 'auto',
  };
}

function folder(path: string): URL {
  return new URL(path, document.baseURI);
}
