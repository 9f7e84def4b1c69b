// Where the built pages lie, and the build settings that every app shares.
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
export const pages = fileURLToPath(new URL('../../build/pages/', import.meta.url));

/**
 * The settings of one app: its root (whose folders become the addresses), its HTML entries, and the
 * folder of files that are copied as they are.
 * @param {{ app: string, root: string, entries: string[], copied?: string | false, plugins?: import('vite').PluginOption[] }} app
 * @returns {import('vite').UserConfig}
 */
export function pageBuild({ app, root, entries, copied = false, plugins = [] }) {
  return {
    root,
    base: '/',
    appType: 'mpa',
    publicDir: copied,
    plugins,
    logLevel: 'warn',
    server: { host: '127.0.0.1', proxy: developmentProxy() },
    build: {
      outDir: pages,
      // Several apps write into one folder; build.mjs empties it once.
      emptyOutDir: false,
      assetsDir: 'assets',
      // A policy that forbids data: addresses must not cost us an icon.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: `assets/licenses-${app}.md` },
      rolldownOptions: { input: entries },
    },
  };
}

/** While developing, everything that is not a page is asked of a running stack. */
function developmentProxy() {
  const target = process.env.PEEPOPAY_URL;
  return target ? { '^/(api|docs/(openapi|asyncapi)|sandbox)/': target } : {};
}
