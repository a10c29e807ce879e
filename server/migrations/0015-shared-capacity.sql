-- Capacity that a grant opens. A grantee never reads what the figures are made of itself: the function and the view stand
-- under the tables' owner, so they read past their policies, and show only rows of organisations that granted the acting one
-- something, and of these only what the granted fields need. Names of fields are those of the API.

-- Machine time that is not free, without whose work it is: as soon as one of the minutes that depend on it is granted. A
-- function instead of a view, because the span must reach the indexes, which a security barrier would not let through.
CREATE FUNCTION shared_taken_time(span_from timestamptz, span_to timestamptz)
  RETURNS TABLE (machine_id uuid, blocked boolean, starts timestamptz, ends timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$
    WITH sharer AS MATERIALIZED (
      SELECT o.grantor_org_id AS id
        FROM (SELECT DISTINCT grantor_org_id FROM sharing_grant
               WHERE network_id = acting_network() AND grantee_org_id = acting_organisation()
                 AND resource = 'capacity') o
       WHERE granted_fields('capacity', o.grantor_org_id)
             && '{usedMin,committedMin,unattainableMin,availableMin}'::text[])
    SELECT r.machine_id, false, lower(r.period), upper(r.period) FROM reservation r
     WHERE r.network_id = acting_network() AND r.factory_org_id IN (SELECT id FROM sharer)
       AND upper(r.period) > span_from AND lower(r.period) < span_to
    UNION ALL
    SELECT b.machine_id, true, b.from_at, b.to_at FROM machine_block b
     WHERE b.network_id = acting_network() AND b.factory_org_id IN (SELECT id FROM sharer)
       AND b.to_at > span_from AND b.from_at < span_to
  $$;
REVOKE EXECUTE ON FUNCTION shared_taken_time(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shared_taken_time(timestamptz, timestamptz) TO millrace_app;

-- What rates are measured from: the pieces for a rate, the minutes also for how far it can be trusted.
CREATE VIEW shared_capacity_rate WITH (security_barrier) AS
  SELECT r.network_id, r.factory_org_id, r.machine_id, r.item_id,
         CASE WHEN 'rates' = ANY (g.fields) THEN r.pieces END AS pieces,
         CASE WHEN g.fields && '{rates,confidence,source}'::text[] THEN r.running_min END AS running_min,
         r.measured_at
    FROM (SELECT o.grantor_org_id, granted_fields('capacity', o.grantor_org_id) AS fields
            FROM (SELECT DISTINCT grantor_org_id FROM sharing_grant
                   WHERE network_id = acting_network() AND grantee_org_id = acting_organisation()
                     AND resource = 'capacity') o) g
    JOIN capacity_rate r ON r.network_id = acting_network() AND r.factory_org_id = g.grantor_org_id
   WHERE g.fields && '{rates,confidence,source,ageMs}'::text[];
REVOKE ALL ON shared_capacity_rate FROM millrace_app;
GRANT SELECT ON shared_capacity_rate TO millrace_app;
