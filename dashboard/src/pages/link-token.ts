import { currentPlace, forgetQuery } from '@peepopay/ui';
import { useLayoutEffect, useState } from 'preact/hooks';

/** The secret of a mail's link: taken out of the address bar at once, known to the page as long as it stands. */
export function useLinkToken(): string {
  const [token] = useState(() => currentPlace().query.get('token') ?? '');
  useLayoutEffect(forgetQuery, []);
  return token;
}
