import { type AccountStatus, payments } from '@peepopay/api';
import { Live, Notice, useResource } from '@peepopay/ui';
import { Heading } from '../layout/heading';
import { Failed, Loading } from '../layout/states';
import { useMe } from '../session';
import { words } from '../words';
import { ActButton } from './act-button';

const text = words.payments;

/** The business's account at Stripe; its pages lead back to here, and then Stripe is asked how it is now. */
export function Payments() {
  const { role } = useMe();
  const { resource, reload } = useResource(payments.accountStatus);
  return (
    <>
      <div class="page-title">
        <Heading>{text.title}</Heading>
        <p class="soft">{text.lead}</p>
      </div>
      <section class="card stack">
        <h2>{text.account}</h2>
        {resource.state === 'loading' && <Loading />}
        {resource.state === 'failed' && <Failed failure={resource.failure} onRetry={reload} />}
        {resource.state === 'ready' && (
          <Account status={resource.data} mayChange={role !== 'tech'} onLook={reload} />
        )}
      </section>
    </>
  );
}

interface AccountProps {
  status: AccountStatus;
  mayChange: boolean;
  onLook: () => void;
}

function Account({ status, mayChange, onLook }: AccountProps) {
  const ready = status.chargesEnabled;
  return (
    <>
      <Live>
        <Notice kind={ready ? 'good' : 'warn'}>{sentenceAbout(status)}</Notice>
      </Live>
      {ready && !status.payoutsEnabled && <p class="soft">{text.noPayouts}</p>}
      {!ready && status.accountId && <p class="soft">{text.takesAMoment}</p>}
      {mayChange ? (
        <div class="row-actions">
          {(!ready || status.requirements.length > 0) && (
            <ActButton look="strong" act={() => leaveFor(payments.connectAccount)}>
              {status.accountId ? text.goOn : text.connect}
            </ActButton>
          )}
          {status.accountId && !ready && (
            <ActButton act={async () => onLook()}>{text.lookAgain}</ActButton>
          )}
          {ready && (
            <ActButton act={() => leaveFor(payments.accountDashboard)}>{text.dashboard}</ActButton>
          )}
        </div>
      ) : (
        <p class="soft">{text.askAnOwner}</p>
      )}
    </>
  );
}

function sentenceAbout(status: AccountStatus): string {
  if (status.chargesEnabled && status.requirements.length === 0) return text.ready;
  if (status.chargesEnabled) return text.readyButAsked(status.requirements.length);
  return status.accountId ? text.unfinished : text.none;
}

async function leaveFor(ask: () => Promise<{ url: string }>): Promise<void> {
  location.assign((await ask()).url);
}
