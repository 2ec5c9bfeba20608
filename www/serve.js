// A static server for the built page: `npm run serve -- [--port N] [--host H]`. Also what the
// browser tests run against.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.webmanifest': 'application/manifest+json',
};
const COMPRESSED = new Set(['.css', '.html', '.js', '.json', '.svg', '.wasm', '.md', '.txt']);

/**
 * Serves folders under URL prefixes; the first prefix that fits wins.
 *
 * @param {Record<string, string>} mounts URL prefix (`/`, `/models/`) → folder
 * @typedef {(path: string, bytes: number) => void} OnSent
 * @param {{ port?: number, host?: string, shared?: boolean, onSent?: OnSent }} [options]
 *   port 0 takes any free one; a taken port gives way to the next free of the following ten;
 * `shared` lets pages of other origins have the files, as a CDN does
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveStatic(
  mounts,
  { port = 0, host = '127.0.0.1', shared = false, onSent } = {},
) {
  /** @type {Map<string, Buffer>} */
  const zipped = new Map();
  const server = createServer((request, response) => {
    answer(request, response).catch((/** @type {unknown} */ error) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    });
  });

  /**
   * @param {import('node:http').IncomingMessage} request @param
   * {import('node:http').ServerResponse} response
   */
  async function answer(request, response) {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    const path = requestPath(request.url ?? '/');
    const file = path === undefined ? undefined : locate(path, mounts);
    const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (path === undefined || file === undefined || !info?.isFile()) {
      return void response
        .writeHead(404, { 'content-type': 'text/plain' })
        .end('404: there is no such file');
    }
    const extension = extname(file);
    const etag = `"${info.size.toString(16)}-${info.mtimeMs.toString(16)}"`;
    const headers = {
      'content-type': TYPES[extension] ?? 'application/octet-stream',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      etag,
      ...(shared && { 'access-control-allow-origin': '*' }),
    };
    if (request.headers['if-none-match'] === etag)
      return void response.writeHead(304, headers).end();
    if (COMPRESSED.has(extension) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      const body = zipped.get(etag + file) ?? gzipSync(await readFile(file));
      zipped.set(etag + file, body);
      response.writeHead(200, {
        ...headers,
        'content-encoding': 'gzip',
        'content-length': body.length,
      });
      if (request.method === 'HEAD') return void response.end();
      onSent?.(path, body.length);
      return void response.end(body);
    }
    response.writeHead(200, { ...headers, 'content-length': info.size });
    if (request.method === 'HEAD') return void response.end();
    onSent?.(path, info.size);
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  }

  const taken = await listen(server, port, host);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(taken)}/`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
}

/** @param {string} url */
function requestPath(url) {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    return path.endsWith('/') ? `${path}index.html` : path;
  } catch {
    return undefined;
  }
}

/**
 * The file that a path means, or undefined where it would leave its folder. @param {string} path
 * @param {Record<string, string>} mounts
 */
function locate(path, mounts) {
  const prefix = Object.keys(mounts)
    .sort((a, b) => b.length - a.length)
    .find((each) => path.startsWith(each));
  if (prefix === undefined) return undefined;
  const folder = resolve(mounts[prefix] ?? '.');
  const file = normalize(join(folder, path.slice(prefix.length)));
  return file.startsWith(folder + sep) ? file : undefined;
}

/**
 * @param {import('node:http').Server} server @param {number} port @param {string} host @returns
 * {Promise<number>}
 */
function listen(server, port, host) {
  const last = port + 10;
  return new Promise((done, fail) => {
    server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE' && port < last) server.listen(++port, host);
      else fail(error);
    });
    server.on('listening', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : port);
    });
    server.listen(port, host);
  });
}

/** @param {string} name @param {string} otherwise */
function flag(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : (process.argv[at + 1] ?? otherwise);
}

const here = fileURLToPath(import.meta.url);
if (process.argv[1] !== undefined && resolve(process.argv[1]) === here) {
  const dist = join(dirname(here), '..', 'dist');
  if (!(await stat(join(dist, 'index.html')).catch(() => undefined))) {
    console.error('dist/index.html is not there; build the page first: npm run build');
    process.exit(1);
  }
  const { url } = await serveStatic(
    { '/': dist },
    { port: Number(flag('port', '4173')), host: flag('host', '127.0.0.1') },
  );
  console.log(`\n  Soda is at ${url}\n\n  Ctrl+C ends it.\n`);
}
