import { auth, type Session } from '@peepopay/api';
import { Live, useResource } from '@peepopay/ui';
import { useState } from 'preact/hooks';
import { Failed, Loading } from '../layout/states';
import { ago, atMinute, onDay } from '../moments';
import { words } from '../words';
import { ActButton } from './act-button';

export function Sessions() {
  const { resource, reload } = useResource(auth.sessions);
  const [said, setSaid] = useState('');
  const end = async (session: Session) => {
    await auth.endSession(session.id);
    setSaid(words.security.ended);
    reload();
  };
  return (
    <section class="card stack">
      <h2>{words.security.sessionsTitle}</h2>
      <p class="soft">{words.security.sessionsText}</p>
      <Live>{said}</Live>
      {resource.state === 'loading' && <Loading />}
      {resource.state === 'failed' && <Failed failure={resource.failure} onRetry={reload} />}
      {resource.state === 'ready' && (
        <ul class="rows">
          {resource.data.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={() => end(session)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd: () => Promise<void> }) {
  const device = session.device || words.security.unknownDevice;
  const where = [session.place, session.ipAddress].filter(Boolean).join(' · ');
  return (
    <li class="row">
      <div class="row-text">
        <p class="row-title">
          {device}{' '}
          {session.current && <span class="badge badge-good">{words.security.current}</span>}
        </p>
        {where && <p class="soft">{where}</p>}
        <p class="soft">
          <time dateTime={session.lastSeenAt} title={atMinute(session.lastSeenAt)}>
            {words.security.seen(ago(session.lastSeenAt))}
          </time>
          , {words.security.since(onDay(session.createdAt))}
        </p>
      </div>
      {!session.current && (
        <ActButton act={onEnd} label={words.security.endLabel(device)}>
          {words.security.end}
        </ActButton>
      )}
    </li>
  );
}
