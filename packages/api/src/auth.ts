// The calls and answers of auth: accounts, sessions, second factor, team, audit log.
import { type CallOptions, call, callForList, type Listing } from './call';

export type Role = 'owner' | 'admin' | 'tech';

export interface User {
  id: string;
  email: string;
  name: string;
  emailVerified: boolean;
}

export interface Tenant {
  id: string;
  slug: string;
  name: string;
}

export interface Account {
  user: User;
  tenant: Tenant;
}

export interface Me {
  user: User & { totpEnabled: boolean };
  /** Null until the profile of who came by Google is complete. */
  tenant: Tenant | null;
  role: Role;
}

export interface SignUp {
  email: string;
  password: string;
  name: string;
  businessName: string;
  country?: string;
  timezone?: string;
  currency?: string;
}

export interface Credentials {
  email: string;
  password: string;
  /** A code of the authenticator, or a recovery code. */
  totp?: string;
}

export interface Session {
  id: string;
  current: boolean;
  device: string | null;
  place: string | null;
  ipAddress: string | null;
  createdAt: string;
  lastSeenAt: string;
}

export interface Member {
  id: string;
  name: string | null;
  email: string;
  role: Role;
  status: 'active' | 'invited';
  joinedAt: string | null;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: { id: string; name: string } | null;
  action: string;
  target: string | null;
  details: Record<string, unknown> | null;
  ipAddress: string | null;
}

type Only = Pick<CallOptions, 'signal' | 'idempotencyKey'>;

export const googleSignIn = '/api/auth/google?callbackURL=/dashboard';

export const signUp = (body: SignUp, only?: Only) =>
  call<Account>('POST', '/api/auth/signup', { ...only, body });

export const logIn = (body: Credentials) => call<Account>('POST', '/api/auth/login', { body });

export const logOut = () => call<unknown>('POST', '/api/auth/logout');

export const me = (only?: Only) => call<Me>('GET', '/api/auth/me', only);

export const verifyEmail = (token: string, only?: Only) =>
  call<unknown>('POST', '/api/auth/verify-email', { ...only, body: { token } });

export const resendVerification = (email: string) =>
  call<unknown>('POST', '/api/auth/resend-verification', { body: { email } });

export const forgotPassword = (email: string) =>
  call<unknown>('POST', '/api/auth/forgot-password', { body: { email } });

export const resetPassword = (token: string, password: string) =>
  call<unknown>('POST', '/api/auth/reset-password', { body: { token, password } });

export const acceptInvitation = (
  body: { token: string; name: string; password: string; totp?: string },
  only?: Only,
) => call<unknown>('POST', '/api/auth/accept-invitation', { ...only, body });

export const completeProfile = (businessName: string, only?: Only) =>
  call<{ slug: string }>('POST', '/api/auth/complete-profile', { ...only, body: { businessName } });

export const sessions = async (only?: Only) =>
  (await callForList<Session>('/api/auth/sessions', only)).items;

export const endSession = (id: string) =>
  call<unknown>('DELETE', `/api/auth/sessions/${encodeURIComponent(id)}`);

export const startTotp = () => call<{ secret: string; uri: string }>('POST', '/api/auth/totp');

export const confirmTotp = (code: string) =>
  call<{ recoveryCodes: string[] }>('POST', '/api/auth/totp/confirm', { body: { code } });

export const endTotp = (body: { password?: string; code?: string }) =>
  call<unknown>('DELETE', '/api/auth/totp', { body });

export const team = async (only?: Only) => (await callForList<Member>('/api/team', only)).items;

export const invite = (body: { email: string; role: Role }, only?: Only) =>
  call<unknown>('POST', '/api/team/invitations', { ...only, body });

export const changeRole = (id: string, role: Role) =>
  call<unknown>('PUT', `/api/team/${encodeURIComponent(id)}`, { body: { role } });

export const removeMember = (id: string) =>
  call<unknown>('DELETE', `/api/team/${encodeURIComponent(id)}`);

export const audit = (
  query: { page: number; limit: number },
  only?: Only,
): Promise<Listing<AuditEntry>> => callForList<AuditEntry>('/api/audit', { ...only, query });
