import { auth, type Me } from '@peepopay/api';
import { Button, go, Live, Logo, Notice } from '@peepopay/ui';
import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { at } from '../addresses';
import { isRefusal, sentence } from '../explain';
import { useSession } from '../session';
import { words } from '../words';
import { AuditIcon, HomeIcon, LogOutIcon, PaymentsIcon, SecurityIcon, TeamIcon } from './icons';

interface Entry {
  address: string;
  text: string;
  Icon: ComponentType;
}

function entries({ role }: Me): Entry[] {
  const audit = { address: at.audit, text: words.nav.audit, Icon: AuditIcon };
  return [
    { address: at.home, text: words.nav.home, Icon: HomeIcon },
    { address: at.payments, text: words.nav.payments, Icon: PaymentsIcon },
    { address: at.team, text: words.nav.team, Icon: TeamIcon },
    { address: at.security, text: words.nav.security, Icon: SecurityIcon },
    ...(role === 'owner' ? [audit] : []),
  ];
}

/** The frame of every page after the log in: tabs under the thumb on a phone, a side bar else. */
export function Shell({
  me,
  path,
  children,
}: {
  me: Me;
  path: string;
  children: ComponentChildren;
}) {
  const current = path === at.stripeComplete ? at.payments : path;
  return (
    <div class="shell">
      <a class="skip-link" href="#content">
        {words.skip}
      </a>
      <header class="shell-head">
        <Logo href={at.home} />
        <span class="shell-business">{me.tenant?.name}</span>
        <LogOut />
      </header>
      <nav class="shell-nav" aria-label={words.nav.label}>
        {entries(me).map(({ address, text, Icon }) => (
          <a key={address} href={address} aria-current={address === current ? 'page' : undefined}>
            <Icon />
            {text}
          </a>
        ))}
      </nav>
      <main class="shell-main" id="content">
        {children}
      </main>
    </div>
  );
}

function LogOut() {
  const { forget } = useSession();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const leave = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await auth.logOut();
    } catch (refusal) {
      // A session that is gone already is what was asked for.
      if (!isRefusal(refusal, 'UNAUTHENTICATED')) {
        setFailure(refusal);
        setBusy(false);
        return;
      }
    }
    go(at.login);
    forget();
  };
  return (
    <div class="shell-logout">
      <Button look="text" small busy={busy} onClick={leave}>
        <LogOutIcon />
        {words.nav.logOut}
      </Button>
      <Live urgent>{failure !== null && <Notice kind="bad">{sentence(failure)}</Notice>}</Live>
    </div>
  );
}
