// Every text of the dashboard, in one table per language.

const en = {
  product: 'PeepoPay',
  skip: 'Skip to the content',
  loading: 'Loading …',
  tryAgain: 'Try again',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied.',
  copyFailed: 'Your browser did not allow it. Select the text and copy it by hand.',
  or: 'or',
  backToLogin: 'Back to log in',
  documents: { docs: 'Docs', privacy: 'Privacy', terms: 'Terms' },

  fields: {
    name: 'Your name',
    businessName: 'Business name',
    businessNameHint: 'As your customers know you. Your booking address is made from it.',
    email: 'E-mail',
    password: 'Password',
    newPassword: 'New password',
    passwordHint: 'At least 10 characters. A few words in a row are easy to remember.',
    country: 'Country',
    role: 'Role',
    code: 'Code',
    show: 'Show',
    hide: 'Hide',
  },

  complaints: {
    missing: (label: string) => `${label} is missing.`,
    email: 'This does not look like an e-mail address.',
    short: (least: number) => `Use at least ${least} characters.`,
    other: 'Please check this.',
    /** The API says `is required`; at the field this stands as a sentence. */
    phrase: (phrase: string) => `This ${phrase}.`,
    several: 'Please look at the marked fields.',
    one: 'Please look at the marked field.',
  },

  failures: {
    noAnswer:
      'No answer came from the server. Check your connection and try again: nothing is done twice.',
    unreadable: (status: number) =>
      `The server gave an answer that we can’t read (${status}). Please try again in a moment.`,
    wait: (minutes: number) =>
      minutes <= 1 ? 'Try again in a minute.' : `Try again in ${minutes} minutes.`,
    unexpected: 'Something went wrong on this page. Load it again, please.',
    reference: (id: string) => `If you write to us about it, mention ${id}.`,
    codes: {
      INVALID_CREDENTIALS: 'That e-mail and password don’t belong together.',
      TOO_MANY_ATTEMPTS: 'Too many wrong tries, so this account is locked for a little while.',
      RATE_LIMITED: 'That was a lot of calls in a short time.',
      EMAIL_NOT_VERIFIED:
        'Your e-mail address isn’t verified yet. Open the link in our mail first.',
      UNAUTHENTICATED: 'You are no longer logged in. Log in again, please.',
      FORBIDDEN: 'Your role doesn’t allow this. Ask an owner of the business.',
      NOT_FOUND: 'This isn’t there any more.',
    } as Record<string, string>,
  },

  google: {
    button: 'Continue with Google',
    failed: (code: string) =>
      `Google didn’t log you in (${code}). Try once more, or use your password.`,
    codes: {
      GOOGLE_DENIED: 'You stopped the log in at Google. Try once more, or use your password.',
      GOOGLE_NOT_CONFIGURED: 'Logging in with Google is not set up on this site.',
      GOOGLE_STATE_INVALID: 'That took too long, or began in another browser. Try once more.',
      GOOGLE_EMAIL_NOT_VERIFIED: 'Google hasn’t verified your e-mail address, so we can’t use it.',
      GOOGLE_OTHER_ACCOUNT: 'Your account here is linked to another Google account.',
      TOTP_REQUIRED: 'Your account has a second factor. Log in with your password and a code.',
    } as Record<string, string>,
  },

  login: {
    title: 'Log in',
    action: 'Log in',
    forgot: 'Forgot your password?',
    noAccount: 'New here?',
    signUp: 'Create an account',
    resend: 'Send the mail again',
    resent: 'Sent. Look in your inbox, and in the spam folder too.',
  },

  totpStep: {
    title: 'One more step',
    text: 'Type the six digits that your authenticator app shows. A recovery code works too.',
    action: 'Log in',
    back: 'Use another account',
    wrong: 'That code isn’t right, or its time is up. Type the one that shows now.',
  },

  signUp: {
    title: 'Take bookings with a deposit',
    lead: 'An account is free, with no monthly fee. PeepoPay keeps 2.5 % of what your customers pay.',
    action: 'Create account',
    haveAccount: 'Have an account?',
    logIn: 'Log in',
    region: (zone: string, currency: string) => `Time zone ${zone}, prices in ${currency}.`,
    terms: 'By creating an account you agree to the',
    termsLink: 'terms',
    and: 'and the',
    privacyLink: 'privacy page',
  },

  checkMail: {
    title: 'Check your mail',
    sentTo: (email: string) => `We sent a link to ${email}. Open it, and you can log in.`,
    sent: 'We sent you a link. Open it, and you can log in.',
    nothing: 'Nothing there? Look in the spam folder, or let us send it again.',
    action: 'Send it again',
    resent: 'Sent again. It can take a minute.',
    wrongAddress: 'Wrong address?',
    again: 'Sign up again',
  },

  verify: {
    title: 'Verifying your e-mail',
    doneTitle: 'Your e-mail is verified',
    done: 'That’s it. You can log in now.',
    action: 'Log in',
    failedTitle: 'This link doesn’t work',
    failed: 'This link was used already or has run out. If you have verified your address, log in.',
    otherwise: 'or get a new link',
    newLink: 'Send me a new link',
    sent: 'If an account waits for this address, a new link is on its way.',
  },

  forgot: {
    title: 'Forgot your password?',
    lead: 'Tell us your e-mail. If it has an account, we send a link to set a new password.',
    action: 'Send the link',
    doneTitle: 'Look in your mail',
    done: (email: string) =>
      `If ${email} has an account, a link is on its way. It works once, and not for long.`,
  },

  reset: {
    title: 'Set a new password',
    lead: 'All devices are logged out, this one too.',
    action: 'Save the password',
    done: 'Your new password is saved. Log in with it.',
    missing:
      'This link is cut off, or the page was loaded again. Open the link in the mail once more, or ask for a new one.',
    newLink: 'Ask for a new link',
  },

  invitation: {
    title: 'Join the team',
    lead: 'You were invited. Give your name and a password, and you’re in.',
    passwordHint:
      'At least 10 characters. If your address has an account already, type the password of that.',
    action: 'Join',
    done: 'Welcome to the team. Log in with your new password.',
    missing:
      'This link is cut off, or the page was loaded again. Open the link in the mail once more, or ask for a new invitation.',
  },

  complete: {
    title: 'What is your business called?',
    lead: 'The last step: your booking address is made from this name.',
    action: 'Done',
  },

  nav: {
    label: 'Main',
    home: 'Home',
    payments: 'Payments',
    team: 'Team',
    security: 'Security',
    audit: 'Activity',
    logOut: 'Log out',
  },

  home: {
    title: (name: string) => `Hello, ${name}`,
    nextTitle: 'What comes next',
    next: 'Your account, your team and your payments can be set up here. Services, hours and bookings work by the API today; their pages here, and the page where customers book, are being built. Don’t give the address below to anybody yet.',
    address: 'This will be your booking address',
    payTitle: 'Get paid',
    payText:
      'Deposits go straight to your own Stripe account. It takes about five minutes to connect.',
    payAction: 'Set up payments',
    secureTitle: 'Protect your account',
    secureText: 'A second factor keeps others out, even if they learn your password.',
    secureAction: 'Turn it on',
  },

  security: {
    title: 'Security',
    totpTitle: 'Second factor',
    totpOn: 'On',
    totpOff: 'Off',
    totpText:
      'With a second factor, logging in also needs a code from an app on your phone (such as Google Authenticator, 1Password or Aegis).',
    turnOn: 'Turn on',
    turnOff: 'Turn off',
    scanTitle: 'Scan this with your authenticator app',
    qr: 'QR code that holds the secret for your authenticator app',
    onThisPhone: 'Is the app on this phone?',
    openApp: 'Open it there',
    byHand: 'Or type the secret by hand:',
    confirmHint: 'The six digits that the app shows now.',
    confirm: 'Confirm',
    codesTitle: 'Keep these recovery codes',
    codesText:
      'Each lets you in once if your phone is lost. They are shown this one time: write them down or print them.',
    codesDone: 'I have kept them',
    on: 'The second factor is on.',
    offTitle: 'Turn the second factor off?',
    offText:
      'Then your password alone opens your account. Show that it is you. Your password or a code: one of them is enough.',
    offCode: 'Code from the app, or a recovery code',
    off: 'The second factor is off.',
    sessionsTitle: 'Where you are logged in',
    sessionsText: 'End what you don’t know. It works at once.',
    current: 'This device',
    seen: (ago: string) => `Last seen ${ago}`,
    since: (day: string) => `since ${day}`,
    end: 'Log out',
    endLabel: (device: string) => `Log out ${device}`,
    ended: 'That device is logged out.',
    unknownDevice: 'Unknown device',
  },

  team: {
    title: 'Team',
    lead: 'Who works with you, and what they may do.',
    roles: { owner: 'Owner', admin: 'Admin', tech: 'Technician' },
    roleTexts: {
      owner: 'Everything, money and the team included.',
      admin: 'Everything but the ownership.',
      tech: 'The jobs, not the settings.',
    },
    you: 'You',
    invited: 'Invited',
    joined: (day: string) => `Joined ${day}`,
    inviteTitle: 'Invite somebody',
    invite: 'Send invitation',
    inviteSent: (email: string) => `An invitation is on its way to ${email}.`,
    roleOf: (name: string) => `Role of ${name}`,
    remove: 'Remove',
    removeLabel: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove ${name}?`,
    removeText:
      'They are logged out everywhere at once and can’t come back without a new invitation.',
    removed: (name: string) => `${name} is no longer in the team.`,
    roleChanged: (name: string, role: string) => `${name}: ${role}.`,
  },

  payments: {
    title: 'Payments',
    lead: 'Deposits and balances go straight to your own Stripe account. Our fee is taken on the way.',
    account: 'Your Stripe account',
    none: 'No account is connected yet, so nobody can pay a deposit.',
    unfinished:
      'Your account isn’t ready: Stripe still has questions, and nobody can pay a deposit.',
    ready: 'Connected. Your customers can pay by card.',
    readyButAsked: (questions: number) =>
      `Your customers can pay by card. Stripe has ${questions === 1 ? 'a question' : `${questions} questions`} for you: answer soon, so that it stays so.`,
    noPayouts: 'Stripe doesn’t pay out to your bank account yet.',
    takesAMoment: 'Have you just come back from Stripe? It can take a moment until all is checked.',
    connect: 'Connect with Stripe',
    goOn: 'Go on at Stripe',
    lookAgain: 'Look again',
    dashboard: 'Open Stripe’s dashboard',
    askAnOwner: 'Owners and admins of the business can change this.',
  },

  audit: {
    title: 'Activity',
    lead: 'Who did what, the newest first.',
    ownersOnly: 'Only owners of the business can see this.',
    empty: 'Nothing has happened yet.',
    system: 'PeepoPay',
    somebody: 'Somebody',
    failedLogin: (address: string) => `Failed login to ${address}`,
    on: 'on',
    range: (from: number, to: number, total: number) => `${from}–${to} of ${total}`,
    newer: 'Newer',
    older: 'Older',
    pages: 'Pages of the activity',
  },

  missing: {
    title: 'There is no such page',
    text: 'The address may be mistyped, or the page has moved.',
    action: 'To the start',
  },
};

export type Words = typeof en;

const languages: Record<string, Words> = { en };

function preferred(): [string, Words] {
  for (const tag of navigator.languages) {
    const language = tag.slice(0, 2);
    const words = languages[language];
    if (words) return [language, words];
  }
  return ['en', en];
}

export const [language, words] = preferred();

/** The visitor's own region for dates and numbers, where it speaks the page's language. */
export const locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
