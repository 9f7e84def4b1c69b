// Puts the shared parts (head, header, footer) and the operator's name into the static pages.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repository } from '@peepopay/pages';

const mark = join(repository, 'packages/ui/src/mark.svg');

/**
 * `<!-- part: footer -->` becomes parts/footer.html, `{{operator}}` the operator's name.
 * @param {string} root
 * @returns {import('vite').Plugin}
 */
export function pageParts(root) {
  const facts = operator();
  return {
    name: 'page-parts',
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { filename }) =>
        html
          .replace(/<!-- part: ([a-z-]+) -->/g, (_, name) =>
            readFileSync(join(root, 'parts', `${name}.html`), 'utf8').trimEnd(),
          )
          .replace(/\{\{([a-z]+)\}\}/g, (whole, name) => facts[name] ?? whole)
          .replaceAll('[mark]', relative(dirname(filename), mark)),
    },
  };
}

/**
 * Who runs this installation: from the environment of the build, or said in general words.
 * @returns {Record<string, string>}
 */
function operator() {
  const name = process.env.PEEPOPAY_OPERATOR_NAME?.trim() ?? '';
  const address = process.env.PEEPOPAY_OPERATOR_ADDRESS?.trim() ?? '';
  const email = process.env.PEEPOPAY_OPERATOR_EMAIL?.trim() ?? '';
  const contact = [name, address].filter(Boolean).map(escaped).join(', ');
  const mail = email ? `<a href="mailto:${escaped(email)}">${escaped(email)}</a>` : '';
  return {
    operator: name ? escaped(name) : 'the operator of this site',
    runby: name ? `Run by ${escaped(name)}.` : '',
    contact:
      [contact, mail].filter(Boolean).join(' · ') ||
      'The operator of this site. Its name and address stand where it made this service known to you.',
  };
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
