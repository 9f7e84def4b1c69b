// The dashboard's own addresses.
export const base = '/dashboard';

export const at = {
  home: base,
  login: `${base}/login`,
  signUp: `${base}/signup`,
  checkMail: `${base}/check-mail`,
  verifyEmail: `${base}/verify-email`,
  forgot: `${base}/forgot-password`,
  reset: `${base}/reset-password`,
  invitation: `${base}/accept-invitation`,
  complete: `${base}/complete-profile`,
  payments: `${base}/payments`,
  /** Where Stripe's pages lead back to. */
  stripeComplete: `${base}/stripe/complete`,
  security: `${base}/security`,
  team: `${base}/team`,
  audit: `${base}/audit`,
} as const;

/** Where to go after a log in: an address of this dashboard, never anybody else's. */
export function afterLogin(next: string | null): string {
  const inside = next === base || next?.startsWith(`${base}/`) || next?.startsWith(`${base}?`);
  return inside && next ? next : base;
}
