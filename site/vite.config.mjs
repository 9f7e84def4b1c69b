import { fileURLToPath } from 'node:url';
import { pageBuild } from '@peepopay/pages';
import { pageParts } from './parts.mjs';

const root = fileURLToPath(new URL('./', import.meta.url));

export default pageBuild({
  app: 'site',
  root,
  entries: ['index.html', 'docs/index.html', 'privacy/index.html', 'terms/index.html'].map(
    (page) => `${root}${page}`,
  ),
  copied: `${root}public`,
  plugins: [pageParts(root)],
});
