-- Members who chose mails about failing endpoints get those about Lightning connections, too (bits 8 and 16 of MAIL_KINDS).
UPDATE `mail_choices` SET `kinds` = `kinds` | 16 WHERE `kinds` & 8;
