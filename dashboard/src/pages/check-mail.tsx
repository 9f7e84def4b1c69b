import { auth } from '@peepopay/api';
import { Notice } from '@peepopay/ui';
import { at } from '../addresses';
import { EntryPage } from '../layout/entry-page';
import { words } from '../words';
import { ActButton } from './act-button';
import { awaitedMail } from './awaited-mail';
import { NewLink } from './new-link';

export function CheckMail() {
  const email = awaitedMail();
  return (
    <EntryPage
      title={words.checkMail.title}
      lead={email ? words.checkMail.sentTo(email) : words.checkMail.sent}
      below={
        <>
          {words.checkMail.wrongAddress} <a href={at.signUp}>{words.checkMail.again}</a> ·{' '}
          <a href={at.login}>{words.login.action}</a>
        </>
      }
    >
      <Notice>{words.checkMail.nothing}</Notice>
      {email ? (
        <ActButton act={() => auth.resendVerification(email)} done={words.checkMail.resent}>
          {words.checkMail.action}
        </ActButton>
      ) : (
        <NewLink />
      )}
    </EntryPage>
  );
}
