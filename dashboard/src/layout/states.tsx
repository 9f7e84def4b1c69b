import { ApiRefusal } from '@peepopay/api';
import { Button, Live, Notice } from '@peepopay/ui';
import { useEffect } from 'preact/hooks';
import { sentence } from '../explain';
import { useSession } from '../session';
import { words } from '../words';

export function Loading({ whole }: { whole?: boolean }) {
  return (
    <p class={whole ? 'loading loading-whole' : 'loading'} role="status">
      <span class="spinner" aria-hidden="true" />
      {words.loading}
    </p>
  );
}

export function Failed({ failure, onRetry }: { failure: unknown; onRetry: () => void }) {
  useLoggedOut(failure);
  return (
    <Live urgent>
      <Notice kind="bad">
        <p>{sentence(failure)}</p>
        <Button look="quiet" small onClick={onRetry}>
          {words.tryAgain}
        </Button>
      </Notice>
    </Live>
  );
}

/** A 401 on a private page means that the session ended elsewhere: the log in comes next. */
export function useLoggedOut(failure: unknown): void {
  const { forget } = useSession();
  const ended = failure instanceof ApiRefusal && failure.code === 'UNAUTHENTICATED';
  useEffect(() => {
    if (ended) forget();
  }, [ended, forget]);
}
