-- A token that enrolment offers counts from its first use, like the successor of a rotation: the answer that carried it may
-- have been lost, and whoever asks again with the same code and key is offered another one until then.
-- SHA-256 of code and key; NULL = the successor of a rotation.
ALTER TABLE gateway_next_token ADD COLUMN attempt_hash bytea;
