-- Which counts begin with the local day of their minute because the sender said so: 1, or NULL where it did not say.
-- The count rules need not guess at midnight then.
ALTER TABLE record_batch ADD COLUMN own_day int2[];
