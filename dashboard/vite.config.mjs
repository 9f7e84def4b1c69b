import { pageBuild, repository } from '@peepopay/pages';

// Rooted at the repository, so that dashboard/index.html is answered at /dashboard.
export default pageBuild({
  app: 'dashboard',
  root: repository,
  entries: [`${repository}dashboard/index.html`],
});
