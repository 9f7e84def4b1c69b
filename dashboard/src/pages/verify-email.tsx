import { ApiRefusal, auth } from '@peepopay/api';
import { Button, buttonClass, Live, Notice } from '@peepopay/ui';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { at } from '../addresses';
import { sentence } from '../explain';
import { EntryPage } from '../layout/entry-page';
import { Loading } from '../layout/states';
import { words } from '../words';
import { useLinkToken } from './link-token';
import { NewLink } from './new-link';

type Step = { state: 'working' } | { state: 'done' } | { state: 'failed'; failure: unknown };

/** The link verifies by itself: mail scanners open links, but they run no script that POSTs. */
export function VerifyEmail() {
  const token = useLinkToken();
  const [step, setStep] = useState<Step>({ state: 'working' });
  const verify = useCallback(async () => {
    setStep({ state: 'working' });
    try {
      await auth.verifyEmail(token);
      setStep({ state: 'done' });
    } catch (failure) {
      setStep({ state: 'failed', failure });
    }
  }, [token]);
  useEffect(() => {
    void verify();
  }, [verify]);

  if (step.state === 'working') {
    return (
      <EntryPage title={words.verify.title}>
        <Loading />
      </EntryPage>
    );
  }
  if (step.state === 'done') {
    return (
      <EntryPage title={words.verify.doneTitle}>
        <Live>
          <Notice kind="good">{words.verify.done}</Notice>
        </Live>
        <LogIn />
      </EntryPage>
    );
  }
  const refused = step.failure instanceof ApiRefusal && step.failure.status < 429;
  return (
    <EntryPage title={words.verify.failedTitle}>
      <Live urgent>
        <Notice kind="bad">{refused ? words.verify.failed : sentence(step.failure)}</Notice>
      </Live>
      {refused ? (
        <>
          <LogIn />
          <p class="divider">{words.verify.otherwise}</p>
          <NewLink />
        </>
      ) : (
        <Button onClick={() => void verify()}>{words.tryAgain}</Button>
      )}
    </EntryPage>
  );
}

function LogIn() {
  return (
    <a class={buttonClass('strong', false, true)} href={at.login}>
      {words.verify.action}
    </a>
  );
}
