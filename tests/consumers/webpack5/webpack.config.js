import { cpSync } from 'node:fs';

export default {
  entry: './app.js',
  experiments: { outputModule: true },
  output: { filename: 'app.js', module: true, publicPath: 'auto' },
  plugins: [{ apply: ({ hooks }) => { hooks.done.tap('copy', () => { cpSync('index.html', 'dist/index.html');
    cpSync('public', 'dist', { recursive: true });
  }); } }],
};
