import { buttonClass } from '@peepopay/ui';
import { at } from '../addresses';
import { Heading } from '../layout/heading';
import { useMe } from '../session';
import { words } from '../words';

export function Home() {
  const { user, tenant } = useMe();
  const slug = tenant?.slug ?? '';
  return (
    <>
      <div class="page-title">
        <Heading>{words.home.title(user.name.split(' ')[0] ?? user.name)}</Heading>
        <p class="soft">{tenant?.name}</p>
      </div>
      <section class="card stack">
        <h2>{words.home.nextTitle}</h2>
        <p class="soft">{words.home.next}</p>
        <dl class="coming">
          <dt>{words.home.address}</dt>
          <dd>{`${location.host}/book/${slug}`}</dd>
        </dl>
      </section>
      <section class="card stack">
        <h2>{words.home.payTitle}</h2>
        <p class="soft">{words.home.payText}</p>
        <a class={buttonClass('quiet')} href={at.payments}>
          {words.home.payAction}
        </a>
      </section>
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
