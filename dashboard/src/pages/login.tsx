import { auth } from '@peepopay/api';
import { Button, currentPlace, Field, go, Live, Notice, PasswordField } from '@peepopay/ui';
import { useEffect, useRef, useState } from 'preact/hooks';
import { afterLogin, at } from '../addresses';
import { explain, isRefusal } from '../explain';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { useSession } from '../session';
import { words } from '../words';
import { ActButton } from './act-button';
import { GoogleButton } from './google-button';

interface Known {
  email: string;
  password: string;
}

export function Login() {
  const { who, refresh } = useSession();
  const [known, setKnown] = useState<Known | null>(null);
  const next = afterLogin(currentPlace().query.get('next'));
  const isSomebody = who.state === 'somebody';
  useEffect(() => {
    if (isSomebody) go(next, { replace: true });
  }, [isSomebody, next]);

  // The log in has worked: that the next answer fails shall not look as if nothing had happened.
  const enter = async () => {
    for (const pause of [0, 500, 2000]) {
      await new Promise((resume) => setTimeout(resume, pause));
      if ((await refresh()).state === 'somebody') return;
    }
  };
  if (known)
    return <SecondStep known={known} onEnter={() => void enter()} onBack={() => setKnown(null)} />;
  return <FirstStep onEnter={() => void enter()} onSecondStep={setKnown} />;
}

interface FirstStepProps {
  onEnter: () => void;
  onSecondStep: (known: Known) => void;
}

function FirstStep({ onEnter, onSecondStep }: FirstStepProps) {
  const tried = useRef('');
  const form = useForm({
    send: async ({ email = '', password = '' }) => {
      tried.current = email;
      try {
        await auth.logIn({ email, password });
        return null;
      } catch (refusal) {
        if (isRefusal(refusal, 'TOTP_REQUIRED')) return { email, password };
        throw refusal;
      }
    },
    done: (secondStep) => (secondStep ? onSecondStep(secondStep) : onEnter()),
  });
  const unverified = isRefusal(form.failing?.cause, 'EMAIL_NOT_VERIFIED');
  const resend = (
    <ActButton act={() => auth.resendVerification(tried.current)} done={words.login.resent}>
      {words.login.resend}
    </ActButton>
  );
  return (
    <EntryPage
      title={words.login.title}
      below={
        <>
          {words.login.noAccount} <a href={at.signUp}>{words.login.signUp}</a>
        </>
      }
    >
      <Arrival />
      <Form form={form} action={words.login.action} remedy={unverified && resend}>
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={words.fields.email}
          autoComplete="username"
          autoCapitalize="off"
          error={form.error('email')}
        />
        <PasswordField
          name="password"
          label={words.fields.password}
          autoComplete="current-password"
          show={words.fields.show}
          hide={words.fields.hide}
          error={form.error('password')}
        />
        <p class="aside-link">
          <a href={at.forgot}>{words.login.forgot}</a>
        </p>
      </Form>
      <GoogleButton />
    </EntryPage>
  );
}

/** What brought somebody here: a word from Google, a new password, a joined team. */
function Arrival() {
  const { query } = currentPlace();
  const error = query.get('error');
  const done = query.get('done');
  if (error) {
    return (
      <Live urgent>
        <Notice kind="bad">{words.google.codes[error] ?? words.google.failed(error)}</Notice>
      </Live>
    );
  }
  if (done === 'reset') return <Notice kind="good">{words.reset.done}</Notice>;
  if (done === 'joined') return <Notice kind="good">{words.invitation.done}</Notice>;
  return null;
}

interface SecondStepProps {
  known: Known;
  onEnter: () => void;
  onBack: () => void;
}

function SecondStep({ known, onEnter, onBack }: SecondStepProps) {
  const form = useForm({
    send: ({ totp = '' }) => auth.logIn({ ...known, totp: totp.trim() }),
    done: onEnter,
    explained: (failure, fields) =>
      isRefusal(failure, 'TOTP_INVALID') || isRefusal(failure, 'TOTP_REQUIRED')
        ? { fields: { totp: words.totpStep.wrong }, message: words.complaints.one }
        : explain(failure, fields),
  });
  return (
    <EntryPage title={words.totpStep.title} lead={words.totpStep.text}>
      <Form form={form} action={words.totpStep.action}>
        <Field
          name="totp"
          label={words.fields.code}
          autoComplete="one-time-code"
          autoCapitalize="off"
          code
          error={form.error('totp')}
        />
      </Form>
      <Button look="text" onClick={onBack}>
        {words.totpStep.back}
      </Button>
    </EntryPage>
  );
}
