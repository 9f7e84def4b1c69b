import { buttonClass, Notice, Snippet } from '@peepopay/ui';
import { at } from '../addresses';
import { Heading } from '../layout/heading';
import { useMe } from '../session';
import { words } from '../words';

const copying = { copy: words.copy, copied: words.copied, failed: words.copyFailed };

export function Home() {
  const { user, tenant } = useMe();
  const slug = tenant?.slug ?? '';
  const embed = `<script async src="${location.origin}/embed.js" data-tradie="${slug}"></script>`;
  return (
    <>
      <div class="page-title">
        <Heading>{words.home.title(user.name.split(' ')[0] ?? user.name)}</Heading>
        <p class="soft">{tenant?.name}</p>
        <p class="soft">
          {words.home.slug}: <code>{slug}</code>
        </p>
      </div>
      <Notice>
        <strong>{words.home.nextTitle}</strong>
        <p>{words.home.next}</p>
      </Notice>
      <div class="columns">
        <section class="card stack">
          <h2>{words.home.addressTitle}</h2>
          <p class="soft">{words.home.addressText}</p>
          <Snippet text={`${location.origin}/book/${slug}`} {...copying} />
        </section>
        <section class="card stack">
          <h2>{words.home.embedTitle}</h2>
          <p class="soft">{words.home.embedText}</p>
          <Snippet text={embed} {...copying} />
        </section>
      </div>
      {!user.totpEnabled && (
        <section class="card stack">
          <h2>{words.home.secureTitle}</h2>
          <p class="soft">{words.home.secureText}</p>
          <a class={buttonClass('quiet')} href={at.security}>
            {words.home.secureAction}
          </a>
        </section>
      )}
    </>
  );
}
