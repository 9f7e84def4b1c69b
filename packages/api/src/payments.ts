// The calls and answers of payments that the dashboard needs: the business's account at Stripe.
import { type CallOptions, call } from './call';

export interface AccountStatus {
  connected: boolean;
  accountId: string | null;
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  /** What Stripe wants to know, in its own words. */
  requirements: string[];
}

type Only = Pick<CallOptions, 'signal'>;

/** Also asks Stripe how the account is now. */
export const accountStatus = (only?: Only) =>
  call<AccountStatus>('GET', '/api/stripe/connect/status', only);

/** Opens the account if there is none; the answer leads to Stripe's own pages. */
export const connectAccount = () =>
  call<{ url: string }>('POST', '/api/stripe/connect/create-account');

export const accountDashboard = () => call<{ url: string }>('GET', '/api/stripe/dashboard-link');
