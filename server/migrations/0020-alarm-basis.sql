-- What the rule looks at, as it was when it raised the alarm: the configuration may be another one when the alarm is read.
-- AlarmBasis of the contract; NULL = an agent that did not tell it.
ALTER TABLE edge_alarm ADD COLUMN basis jsonb CHECK (jsonb_typeof(basis) = 'object');
