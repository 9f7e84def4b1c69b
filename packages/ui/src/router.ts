import { useEffect, useState } from 'preact/hooks';

// The address bar is the state: links stay plain <a href>, and clicks inside `base` don't load a page.

type Listener = () => void;

const listeners = new Set<Listener>();

export interface Place {
  path: string;
  query: URLSearchParams;
}

export function currentPlace(): Place {
  const path = location.pathname.replace(/\/+$/, '') || '/';
  return { path, query: new URLSearchParams(location.search) };
}

export function go(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  for (const listener of listeners) listener();
  if (!replace) scrollTo(0, 0);
}

/** Takes a secret out of the address bar, the history and any Referer. */
export function forgetQuery(): void {
  history.replaceState(null, '', location.pathname);
}

export function useRouter(base: string): Place {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const move = () => setPlace(currentPlace());
    const click = (event: MouseEvent) => {
      const address = ownAddress(event, base);
      if (address === null) return;
      event.preventDefault();
      go(address);
    };
    listeners.add(move);
    addEventListener('popstate', move);
    document.addEventListener('click', click);
    return () => {
      listeners.delete(move);
      removeEventListener('popstate', move);
      document.removeEventListener('click', click);
    };
  }, [base]);
  return place;
}

/** The address behind a plain left click on a link of this application, else null. */
function ownAddress(event: MouseEvent, base: string): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download')) return null;
  const url = new URL(link.href, location.href);
  const inside = url.pathname === base || url.pathname.startsWith(`${base}/`);
  if (url.origin !== location.origin || !inside || url.hash) return null;
  return url.pathname + url.search;
}
