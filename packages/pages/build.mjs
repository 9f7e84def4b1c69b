// Builds every app into build/pages and lays .br and .gz files beside each asset.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { pages, repository } from './settings.mjs';

const apps = ['site', 'dashboard'];
const compressible = new Set(['.html', '.css', '.js', '.svg', '.json', '.md']);

const started = performance.now();
await rm(pages, { recursive: true, force: true });
for (const app of apps) {
  await build({ configFile: join(repository, app, 'vite.config.mjs') });
}
const files = await compressed();
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`build/pages: ${files} files compressed, ${seconds} s\n`);

async function compressed() {
  const entries = await readdir(pages, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && compressible.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(paths.map(compress));
  return paths.length;
}

/** @param {string} path */
async function compress(path) {
  const text = await readFile(path);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(text, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      },
    }),
    promisify(gzip)(text, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}
