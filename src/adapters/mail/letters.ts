// What people are written about their log-in: short plain texts. Links are built from the deployment's one origin by
// accounts/, which calls this. Anyone can trigger such a mail to any address, so it contains no text of that person: no name,
// no account's name.

import type { Mail } from './mailer.ts';

export type Letter = Omit<Mail, 'to'>;

export function verifyLetter(link: string): Letter {
  return {
    subject: 'Confirm your e-mail address',
    text: letter(
      'Hello,',
      'Confirm this address to finish your sign-up to SatLane. Follow this link within a day:',
      link,
      'If that was not you, do nothing: the account does not work without the link.',
    ),
  };
}

export function knownLetter(loginLink: string, forgotLink: string): Letter {
  return {
    subject: 'You already have an account',
    text: letter(
      'Hello,',
      'You tried to sign up to SatLane with this address, but it already has an account. Log in here:',
      loginLink,
      'Forgot the password? Choose another one:',
      forgotLink,
      'If that was not you, do nothing: nothing changed.',
    ),
  };
}

export function resetLetter(link: string): Letter {
  return {
    subject: 'Choose a new password',
    text: letter(
      'Hello,',
      'Follow this link within an hour to choose a new password for SatLane. It works once, and it logs you out everywhere:',
      link,
      'If you did not request this, do nothing: your password does not change.',
    ),
  };
}

export function newAddressLetter(link: string): Letter {
  return {
    subject: 'Confirm your new e-mail address',
    text: letter(
      'Hello,',
      'Follow this link within a day to log in to SatLane with this address from then on:',
      link,
      'If you did not request this, do nothing: nothing changes without the link.',
    ),
  };
}

export function takenAddressLetter(loginLink: string, forgotLink: string): Letter {
  return {
    subject: 'This address already has a log-in',
    text: letter(
      'Hello,',
      'A SatLane user tried to use this address for another log-in. It already has its own, so nothing changed. ' +
        'Log in here:',
      loginLink,
      'Forgot the password? Choose another one:',
      forgotLink,
    ),
  };
}

export function changingLetter(profileLink: string): Letter {
  return {
    subject: 'Change of your e-mail address',
    text: letter(
      'Hello,',
      'A request with your password changes the e-mail address of your log-in to SatLane. The change takes ' +
        'effect when you follow the link in the mail to the new address.',
      'If that was not you, choose a new password now. That makes the link invalid:',
      profileLink,
    ),
  };
}

/** `inviter` is the confirmed e-mail address of who invites: the one thing about them that is known to be true. */
export function invitationLetter(inviter: string, role: string, link: string): Letter {
  return {
    subject: 'Invitation to SatLane',
    text: letter(
      'Hello,',
      `${inviter} invites you to their account on SatLane, as ${role}. Follow this link within a week:`,
      link,
      'If you do not know who this is from, do nothing.',
    ),
  };
}

export function changedLetter(what: string): Letter {
  return {
    subject: 'A change to your log-in',
    text: letter('Hello,', what, 'If that was not you, choose a new password now and check your sessions.'),
  };
}

export function addressesReusedLetter(walletLink: string): Letter {
  return {
    subject: 'An address of your wallet was used outside SatLane',
    text: letter(
      'Hello,',
      'a payment without an invoice reached an address of your wallet. Another program issues the same addresses: your wallet app, another shop, or another payment service. ' +
        'SatLane skips used addresses, but two buyers could still see the same one.',
      'Create a new account in your wallet app, use it for SatLane alone, and connect its public key to your store. The ' +
        'wallet is on the page of your wallets:',
      walletLink,
    ),
  };
}

export const letter = (...paragraphs: string[]): string => `${paragraphs.join('\n\n')}\n`;
