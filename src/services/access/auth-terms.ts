// What better-auth's instance and its callers agree on: limits, events, names of cookies. Used by auth.ts and better-auth.ts.

export const PASSWORD_LENGTH = { min: 10, max: 128 };
export const SESSION_SECONDS = 14 * 86_400;

export interface AuthUser {
  id: string;
  email: string;
  name: string;
  emailVerified: boolean;
}

/** What better-auth tells while it works; accounts/signup.ts answers. */
export interface AuthEvents {
  /** The mail with this token has to go out. */
  onVerify?(user: AuthUser, token: string): Promise<void>;
  onVerified?(user: AuthUser): Promise<void>;
  /** A sign-up used an address that has an account already. */
  onKnown?(user: AuthUser): Promise<void>;
  onReset?(user: AuthUser, token: string): Promise<void>;
  onPasswordReset?(user: AuthUser): Promise<void>;
}

export interface CookieNames {
  prefix: string;
  session: string;
  pending: string;
}
