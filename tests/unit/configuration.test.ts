import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  clearCache,
  configuration,
  configure,
  modelFolder,
} from '../../www/lib/client/configuration.js';
import { engineUrls } from '../../www/lib/client/engine-urls.js';
import { VERSION } from '../../www/lib/shared/version.js';

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'https://page.test/app/' });
});
afterEach(() => {
  configure({ models: undefined, wasmUrl: undefined });
  vi.unstubAllGlobals();
});

test('a name is the folder of the package of this version', () => {
  expect(modelFolder('emoji64').href).toBe(
    `https://cdn.jsdelivr.net/npm/@soda-morph/emoji64@${VERSION}/`,
  );
});

test.each([
  ['https://cdn.test/{name}/{version}/?key=1', `https://cdn.test/emoji64/${VERSION}/?key=1`],
  ['/models/{name}', 'https://page.test/models/emoji64/'],
  ['/models', 'https://page.test/models/emoji64/'],
  ['models/?v=3', 'https://page.test/app/models/emoji64/?v=3'],
  [new URL('https://cdn.test/{name}/'), 'https://cdn.test/emoji64/'],
])('with models at %s it is %s', (models, folder) => {
  configure({ models });
  expect(modelFolder('emoji64').href).toBe(folder);
});

test.each([
  ['./emoji64', 'https://page.test/app/emoji64/'],
  ['/models/a?token=x', 'https://page.test/models/a/?token=x'],
  [new URL('https://other.test/b/'), 'https://other.test/b/'],
])('what is no name is a folder: %s', (model, folder) => {
  expect(modelFolder(model).href).toBe(folder);
});

test('what is no URL is said so', () => {
  expect(() => modelFolder('http://')).toThrow(expect.objectContaining({ code: 'input' }));
  configure({ models: 'http://' });
  expect(() => modelFolder('emoji64')).toThrow("models is 'http://'");
});

test('settings stay until they are set otherwise', () => {
  configure({ wasmUrl: '/wasm' });
  configure({ models: '/models' });
  expect(configuration()).toMatchObject({ wasmUrl: '/wasm', models: '/models' });
});

test('engines lie in the folder that is named, query and all', () => {
  expect(engineUrls('wasm?v=2').webgpu).toEqual({
    module: 'https://page.test/app/wasm/webgpu/soda.js?v=2',
    wasm: 'https://page.test/app/wasm/webgpu/soda_bg.wasm?v=2',
  });
});

test('clearing takes the caches of all versions of this library, and no others', async () => {
  const gone: string[] = [];
  vi.stubGlobal('caches', {
    keys: () => Promise.resolve(['soda-morph-models', 'soda-morph-models-2', 'soda-engines']),
    delete: (name: string) => {
      gone.push(name);
      return Promise.resolve(true);
    },
  });
  await clearCache();
  expect(gone).toEqual(['soda-morph-models', 'soda-morph-models-2']);
});
