// Which page stands at which address, and who may see it.
import { go, useRouter } from '@peepopay/ui';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { afterLogin, at, base } from './addresses';
import { EntryPage } from './layout/entry-page';
import { Shell } from './layout/shell';
import { Failed, Loading } from './layout/states';
import { AcceptInvitation } from './pages/accept-invitation';
import { Audit } from './pages/audit';
import { CheckMail } from './pages/check-mail';
import { CompleteProfile } from './pages/complete-profile';
import { ForgotPassword } from './pages/forgot-password';
import { Home } from './pages/home';
import { Login } from './pages/login';
import { Missing } from './pages/missing';
import { Payments } from './pages/payments';
import { ResetPassword } from './pages/reset-password';
import { Security } from './pages/security';
import { SignUp } from './pages/sign-up';
import { Team } from './pages/team';
import { VerifyEmail } from './pages/verify-email';
import { useSession } from './session';
import { words } from './words';

const openPages: Record<string, ComponentType> = {
  [at.login]: Login,
  [at.signUp]: SignUp,
  [at.checkMail]: CheckMail,
  [at.verifyEmail]: VerifyEmail,
  [at.forgot]: ForgotPassword,
  [at.reset]: ResetPassword,
  [at.invitation]: AcceptInvitation,
};

const privatePages: Record<string, ComponentType> = {
  [at.home]: Home,
  [at.payments]: Payments,
  [at.stripeComplete]: Payments,
  [at.security]: Security,
  [at.team]: Team,
  [at.audit]: Audit,
};

export function App() {
  const { path } = useRouter(base);
  const Open = openPages[path];
  if (Open) return <Open />;
  const Private = privatePages[path];
  if (Private || path === at.complete) return <Guarded path={path} page={Private} />;
  return <Missing />;
}

function Guarded({ path, page: Page }: { path: string; page: ComponentType | undefined }) {
  const { who, refresh } = useSession();
  const turnedTo = elsewhere(path, who.state === 'somebody' ? who.me.tenant !== null : null);
  const redirect = who.state === 'nobody' ? loginFor(path) : turnedTo;
  useEffect(() => {
    if (redirect) go(redirect, { replace: true });
  }, [redirect]);

  if (who.state === 'unknown') {
    return (
      <EntryPage title={words.product}>
        <Failed failure={who.failure} onRetry={() => void refresh()} />
      </EntryPage>
    );
  }
  if (who.state !== 'somebody' || redirect) return <Loading whole />;
  if (!Page) return <CompleteProfile />;
  return (
    <Shell me={who.me} path={path}>
      <Page key={path} />
    </Shell>
  );
}

/** Who came by Google has no business yet, and nothing else works before it has a name. */
function elsewhere(path: string, hasTenant: boolean | null): string | null {
  if (hasTenant === false && path !== at.complete) return at.complete;
  if (hasTenant === true && path === at.complete) return at.home;
  return null;
}

function loginFor(path: string): string {
  const next = afterLogin(path + location.search);
  return next === base ? at.login : `${at.login}?${new URLSearchParams({ next })}`;
}
