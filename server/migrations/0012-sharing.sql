-- What a grant opens, field by field. A grantee never reads the table itself: the view stands under the tables' owner, so it
-- reads past their policies, and shows only rows of organisations that granted the acting one something, and of these only
-- the granted fields. Names of fields are those of the API.
CREATE VIEW shared_production_progress WITH (security_barrier) AS
  SELECT p.network_id, p.factory_org_id, p.id,
         CASE WHEN 'productionNo' = ANY (g.fields) THEN p.production_no END AS production_no,
         CASE WHEN 'itemName' = ANY (g.fields) THEN p.item_name END AS item_name,
         CASE WHEN 'state' = ANY (g.fields) THEN p.state END AS state,
         CASE WHEN 'quantity' = ANY (g.fields) THEN p.quantity END AS quantity,
         CASE WHEN 'goodQuantity' = ANY (g.fields) THEN p.good_quantity END AS good_quantity,
         CASE WHEN 'scrapQuantity' = ANY (g.fields) THEN p.scrap_quantity END AS scrap_quantity,
         CASE WHEN 'plannedFinish' = ANY (g.fields) THEN p.planned_finish END AS planned_finish,
         CASE WHEN 'projectedFinish' = ANY (g.fields) THEN p.projected_finish END AS projected_finish
    FROM (SELECT o.grantor_org_id, granted_fields('production-progress', o.grantor_org_id) AS fields
            FROM (SELECT DISTINCT grantor_org_id FROM sharing_grant
                   WHERE network_id = acting_network() AND grantee_org_id = acting_organisation()) o) g
    JOIN production_order p ON p.network_id = acting_network() AND p.factory_org_id = g.grantor_org_id
   WHERE g.fields IS NOT NULL;
REVOKE ALL ON shared_production_progress FROM millrace_app;
GRANT SELECT ON shared_production_progress TO millrace_app;
