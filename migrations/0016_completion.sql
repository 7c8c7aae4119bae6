-- Which invoices tell that they are complete is said by the invoice itself, in whichever words it was made. Those that are not
-- watched any more have nothing left to tell.
UPDATE invoices SET checkout = json_set(checkout, '$.tellsCompletion', json('true'))
WHERE watch_until IS NOT NULL AND (checkout ->> '$.ipn.isFull' OR checkout ->> '$.ipn.isExtended');
