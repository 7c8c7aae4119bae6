// What people are written: short plain texts. Links are built from the deployment's one origin by accounts/, which calls
// this.

import { shortened } from '../well-formed.ts';
import type { Mail } from './mailer.ts';

type Letter = Omit<Mail, 'to'>;

export function verifyLetter(name: string, link: string): Letter {
  return {
    subject: 'Confirm your e-mail address',
    text: letter(
      `Hello ${oneLine(name)},`,
      'somebody, hopefully you, signed up to SatLane with this address. Follow this link within a day to confirm it:',
      link,
      'If that was not you, do nothing: without the link nobody can use the account.',
    ),
  };
}

export function knownLetter(name: string, loginLink: string, forgotLink: string): Letter {
  return {
    subject: 'You already have an account',
    text: letter(
      `Hello ${oneLine(name)},`,
      'somebody, hopefully you, tried to sign up to SatLane with this address, which has an account already. Log in here:',
      loginLink,
      'Forgot the password? Choose another one:',
      forgotLink,
      'If that was not you, do nothing: nothing was changed.',
    ),
  };
}

export function resetLetter(name: string, link: string): Letter {
  return {
    subject: 'Choose a new password',
    text: letter(
      `Hello ${oneLine(name)},`,
      'follow this link within an hour to choose a new password for SatLane. It works once, and it logs you out everywhere:',
      link,
      'If you did not ask for it, do nothing: your password stays as it is.',
    ),
  };
}

export function newAddressLetter(name: string, link: string): Letter {
  return {
    subject: 'Confirm your new e-mail address',
    text: letter(
      `Hello ${oneLine(name)},`,
      'follow this link within a day to log in to SatLane with this address from then on:',
      link,
      'If you did not ask for it, do nothing: without the link nothing is changed.',
    ),
  };
}

export function takenAddressLetter(loginLink: string, forgotLink: string): Letter {
  return {
    subject: 'This address has a log-in already',
    text: letter(
      'Hello,',
      'somebody, hopefully you, asked to use this address for another log-in to SatLane. It has one of its own already, so ' +
        'nothing was changed. Log in here:',
      loginLink,
      'Forgot the password? Choose another one:',
      forgotLink,
    ),
  };
}

export function changingLetter(name: string, profileLink: string): Letter {
  return {
    subject: 'Another e-mail address for your log-in',
    text: letter(
      `Hello ${oneLine(name)},`,
      'somebody who knows your password asked to use another address for your log-in to SatLane. It is changed as soon as ' +
        'the link in the mail to the other address is followed.',
      'If that was not you, choose a new password at once, which takes that link back:',
      profileLink,
    ),
  };
}

export function invitationLetter(inviter: string, account: string, role: string, link: string): Letter {
  return {
    subject: `Invitation to ${oneLine(account)}`,
    text: letter(
      'Hello,',
      `${oneLine(inviter)} invites you to ${oneLine(account)} on SatLane, as ${role}. Follow this link within a week:`,
      link,
      'If you do not know who this is from, do nothing.',
    ),
  };
}

export function changedLetter(name: string, what: string): Letter {
  return {
    subject: 'A change to your log-in',
    text: letter(
      `Hello ${oneLine(name)},`,
      what,
      'If that was not you, choose a new password at once and look through your sessions.',
    ),
  };
}

export function switchedOffLetter(name: string, store: string, host: string): Letter {
  return {
    subject: `Webhooks of ${oneLine(store)} were switched off`,
    text: letter(
      `Hello ${oneLine(name)},`,
      `for 72 hours no webhook of ${oneLine(store)} has arrived at ${oneLine(host)}, so SatLane has stopped sending there.`,
      'Payments go on as before, but your server is not told of them. Mend the receiver, switch the endpoint on again and ' +
        'have what was missed sent again: its log of deliveries says what was answered.',
    ),
  };
}

const letter = (...paragraphs: string[]): string => `${paragraphs.join('\n\n')}\n`;

/** Names are other people's words: without line breaks and links they cannot pose as ours. */
function oneLine(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/https?:\/\/|www\./gi, '')
    .trim();
  return shortened(line, 80);
}
