// esbuild leaves files named by `new URL(…, import.meta.url)` behind, so they are copied, and `configure` says where they are.
import { cpSync } from 'node:fs';
import { build } from 'esbuild';

await build({ entryPoints: ['app.js'], bundle: true, format: 'esm', target: 'es2022', outfile: 'dist/app.js' });
cpSync('node_modules/soda-morph/dist', 'dist/soda', { recursive: true });
cpSync('public', 'dist', { recursive: true });
cpSync('index.html', 'dist/index.html');
