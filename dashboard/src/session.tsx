// Who is logged in: asked once at the start, known to every page below.
import { ApiRefusal, auth, type Me } from '@peepopay/api';
import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';

export type Who =
  | { state: 'asking' }
  | { state: 'nobody' }
  | { state: 'unknown'; failure: unknown }
  | { state: 'somebody'; me: Me };

interface SessionTools {
  who: Who;
  /** Asks again, as after a log in; resolves when the answer is there. */
  refresh: () => Promise<Who>;
  /** Forgets who was logged in, as after a log out or a 401. */
  forget: () => void;
}

const Session = createContext<SessionTools | null>(null);

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [who, setWho] = useState<Who>({ state: 'asking' });
  const refresh = useCallback(async () => {
    const answer = await ask();
    setWho(answer);
    return answer;
  }, []);
  const forget = useCallback(() => setWho({ state: 'nobody' }), []);
  useEffect(() => {
    void refresh();
  }, [refresh]);
  const tools = useMemo(() => ({ who, refresh, forget }), [who, refresh, forget]);
  return <Session.Provider value={tools}>{children}</Session.Provider>;
}

async function ask(): Promise<Who> {
  try {
    return { state: 'somebody', me: await auth.me() };
  } catch (failure) {
    if (failure instanceof ApiRefusal && failure.status === 401) return { state: 'nobody' };
    return { state: 'unknown', failure };
  }
}

export function useSession(): SessionTools {
  const tools = useContext(Session);
  if (!tools) throw new Error('useSession outside of SessionProvider');
  return tools;
}

/** For pages that are only shown to somebody who is logged in. */
export function useMe(): Me {
  const { who } = useSession();
  if (who.state !== 'somebody') throw new Error('useMe on a page that nobody is logged in to');
  return who.me;
}
