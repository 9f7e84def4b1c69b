import { useCallback, useEffect, useState } from 'preact/hooks';

export type Resource<T> =
  | { state: 'loading' }
  | { state: 'failed'; failure: unknown }
  | { state: 'ready'; data: T };

/**
 * What a page shows, asked for when it opens and again on `reload`. `load` must keep its identity
 * (a module's function, or useCallback). While it reloads, the last answer stays on the page.
 */
export function useResource<T>(load: (only: { signal: AbortSignal }) => Promise<T>) {
  const [resource, setResource] = useState<Resource<T>>({ state: 'loading' });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again.
  useEffect(() => {
    const leaving = new AbortController();
    load({ signal: leaving.signal }).then(
      (data) => !leaving.signal.aborted && setResource({ state: 'ready', data }),
      (failure) => !leaving.signal.aborted && setResource({ state: 'failed', failure }),
    );
    return () => leaving.abort();
  }, [load, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { resource, reload };
}
