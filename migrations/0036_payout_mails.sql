-- Members who chose mails about decisions get those about payouts, too (bits 2 and 32 of MAIL_KINDS).
UPDATE `mail_choices` SET `kinds` = `kinds` | 32 WHERE `kinds` & 2;
