import { currentPlace } from '@peepopay/ui';
import { useState } from 'preact/hooks';

/** The secret of a mail's link. It stays known to the page after the address bar has lost it. */
export function useLinkToken(): string {
  const [token] = useState(() => currentPlace().query.get('token') ?? '');
  return token;
}
