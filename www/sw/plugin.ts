import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin } from 'vite';

/**
 * Builds `sw.js`, which lets the page work without a network after the first visit. It knows every
 * file of this build.
 */
export function serviceWorker(publicFolder: string): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const precache: { url: string; revision: string | null }[] = [];
        const engines: Record<string, string[]> = { cpu: [], webgpu: [] };
        for (const file of Object.values(bundle)) {
          const { fileName } = file;
          const build =
            file.type === 'asset'
              ? /\/dist\/(cpu|webgpu)/.exec(file.originalFileNames[0] ?? '')?.[1]
              : undefined;
          if (build !== undefined) engines[build]?.push(fileName);
          else if (fileName.startsWith('assets/')) precache.push({ url: fileName, revision: null });
          else
            precache.push({
              url: fileName,
              revision: hash(file.type === 'asset' ? file.source : file.code),
            });
        }
        for (const file of readdirSync(publicFolder, { recursive: true, withFileTypes: true })) {
          if (!file.isFile()) continue;
          const path = join(file.parentPath, file.name);
          const url = path.slice(publicFolder.length + 1).replaceAll('\\', '/');
          // Larger copies are kept when they are used; the picture for link previews is never shown
          // by the page.
          if (!url.startsWith('gallery/large/') && url !== 'og.png')
            precache.push({ url, revision: hash(readFileSync(path)) });
        }
        const built = await rolldown({
          input: join(import.meta.dirname, 'sw.ts'),
          transform: {
            define: {
              PRECACHE: JSON.stringify(precache),
              ENGINES: JSON.stringify(engines),
              'process.env.NODE_ENV': '"production"',
            },
          },
        });
        const { output } = await built.generate({ format: 'iife', minify: true });
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: output[0].code });
      },
    },
  };
}

function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
