-- Minutes from the local midnight with which a count begins to the minute of the row, where the sender said whose local day it
-- counts; NULL where it did not. The count rules need not guess at midnight then, also when the site is in another zone by now.
ALTER TABLE record_batch ADD COLUMN own_day int2[];
