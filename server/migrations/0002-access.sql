-- Access: identity tables of better-auth (prefix auth_), organisations and memberships, secrets of programs and gateways,
-- the hash-chained audit, and sharing grants. Everything here that expires does so on the wall clock.

-- ── Identity (better-auth; platform scope only, but for the name of a colleague) ─────────────────────────────────────
CREATE TABLE auth_user (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  email_verified boolean NOT NULL DEFAULT false,
  image text,
  language text NOT NULL DEFAULT 'en',
  totp_enabled boolean NOT NULL DEFAULT false,
  last_sign_in_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- `password` is scrypt, by better-auth.
CREATE TABLE auth_account (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth_user,
  account_id text NOT NULL,
  provider_id text NOT NULL,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (user_id, provider_id)
);

-- `token` is the SHA-256 of what the browser holds: whoever reads this table cannot take over a session.
CREATE TABLE auth_session (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES auth_user,
  token text NOT NULL UNIQUE,
  expires_at timestamptz NOT NULL,
  ip_address text,
  user_agent text,
  acting_organisation_id uuid,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX auth_session_user ON auth_session (user_id);

CREATE TABLE auth_verification (
  id uuid PRIMARY KEY,
  identifier text NOT NULL,
  value text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- Second factor. The secret is encrypted with the platform's secret; last_step refuses a code that was already used.
CREATE TABLE auth_totp (
  user_id uuid PRIMARY KEY REFERENCES auth_user,
  secret text NOT NULL,
  last_step bigint NOT NULL DEFAULT 0
);

-- The platform's secret when MILLRACE_SECRET does not give one.
CREATE TABLE auth_secret (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  secret text NOT NULL
);

-- Single use, stored hashed: the first-start link, invitations, sign-in links.
CREATE TABLE one_time_link (
  token_hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('setup', 'sign-in')),
  user_id uuid REFERENCES auth_user,
  organisation_id uuid,
  expires_at timestamptz NOT NULL,
  CHECK ((purpose = 'sign-in') = (user_id IS NOT NULL))
);
CREATE INDEX one_time_link_user ON one_time_link (user_id);

-- ── Networks, organisations, memberships ─────────────────────────────────────────────────────────────────────────────
CREATE TABLE network (
  network_id uuid PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE organisation (
  network_id uuid NOT NULL REFERENCES network,
  id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('operator', 'factory', 'buyer', 'carrier', 'authority', 'hospital', 'bank')),
  code text NOT NULL,
  name text NOT NULL,
  country text,
  external_ids jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, code)
);

CREATE TABLE membership (
  network_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES auth_user,
  role text NOT NULL CHECK (role IN ('admin', 'dispatcher', 'owner', 'planner', 'worker', 'purchaser', 'viewer', 'auditor')),
  disabled_at timestamptz,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, organisation_id, user_id),
  FOREIGN KEY (network_id, organisation_id) REFERENCES organisation (network_id, id)
);
CREATE INDEX membership_user ON membership (user_id);

-- ── Programs and gateways: SHA-256 of a random 256-bit token, looked up before any scope is known ────────────────────
CREATE TABLE api_key (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL,
  prefix text NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (network_id, id),
  FOREIGN KEY (network_id, organisation_id) REFERENCES organisation (network_id, id)
);
CREATE INDEX api_key_token ON api_key (token_hash);

CREATE TABLE gateway (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, organisation_id, code),
  FOREIGN KEY (network_id, organisation_id) REFERENCES organisation (network_id, id)
);
CREATE INDEX gateway_token ON gateway (token_hash);

-- Raised with every revocation; each process compares it every few seconds and forgets the tokens it remembers.
CREATE TABLE token_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
);
INSERT INTO token_revision (revision) VALUES (0);

-- ── Audit: one hash chain per network ────────────────────────────────────────────────────────────────────────────────
CREATE TABLE audit_entry (
  network_id uuid NOT NULL,
  seq bigint NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor text NOT NULL,
  organisation_id uuid,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL,
  prev_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (network_id, seq)
);
CREATE INDEX audit_entry_organisation ON audit_entry (network_id, organisation_id, seq);

-- Holds the chain's end, so that entries missing at the end are noticed too.
CREATE TABLE audit_head (
  network_id uuid PRIMARY KEY,
  seq bigint NOT NULL,
  hash text NOT NULL
);

-- ── Sharing grants ───────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE sharing_grant (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  grantor_org_id uuid NOT NULL,
  grantee_org_id uuid NOT NULL,
  resource text NOT NULL CHECK (resource IN ('machine-state', 'capacity', 'production-progress')),
  fields text[] NOT NULL CHECK (cardinality(fields) BETWEEN 1 AND 64),
  purpose text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (network_id, id),
  FOREIGN KEY (network_id, grantor_org_id) REFERENCES organisation (network_id, id),
  FOREIGN KEY (network_id, grantee_org_id) REFERENCES organisation (network_id, id),
  CHECK (grantor_org_id <> grantee_org_id)
);
CREATE INDEX sharing_grant_grantee ON sharing_grant (network_id, grantee_org_id, resource, grantor_org_id);

-- Fields of `resource` that `owner_org` shares with the acting organisation now; NULL when nothing is shared. Definer's
-- rights, so that a policy that calls it does not ask the policies of sharing_grant in turn.
-- Whole rows, in a policy FOR SELECT:  … OR granted('machine-state', org_id)
-- Field by field, which is the rule: a view under the tables' owner, see 0012-sharing.sql; the table's own policy stays shut.
CREATE FUNCTION granted_fields(wanted text, owner_org uuid) RETURNS text[]
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$
    SELECT array_agg(DISTINCT f.field ORDER BY f.field)
      FROM sharing_grant g CROSS JOIN LATERAL unnest(g.fields) AS f(field)
     WHERE g.network_id = acting_network() AND g.grantee_org_id = acting_organisation()
       AND g.resource = wanted AND g.grantor_org_id = owner_org
       AND g.revoked_at IS NULL AND g.expires_at > now()
  $$;
CREATE FUNCTION granted(wanted text, owner_org uuid) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$
    SELECT EXISTS (
      SELECT FROM sharing_grant g
       WHERE g.network_id = acting_network() AND g.grantee_org_id = acting_organisation()
         AND g.resource = wanted AND g.grantor_org_id = owner_org
         AND g.revoked_at IS NULL AND g.expires_at > now())
  $$;

-- Appends one entry under the lock of the network's head. The only way to write the audit: the role the server works as
-- has no right to change the two tables itself, and it signs only in its own name.
CREATE FUNCTION audit_append(
  net uuid, entry_at timestamptz, entry_recorded_at timestamptz, entry_actor text, org uuid,
  entry_action text, entry_subject text, entry_detail jsonb, canonical text
) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
  AS $$
  DECLARE
    head audit_head;
    next_hash text;
  BEGIN
    IF NOT (acting_scope() = 'platform' OR (acting_scope() = 'network' AND net = acting_network())
        OR (acting_scope() = 'organisation' AND net = acting_network() AND org = acting_organisation())) THEN
      RAISE EXCEPTION 'an audit entry is written in one''s own name' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_head (network_id, seq, hash) VALUES (net, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_head WHERE network_id = net FOR UPDATE;
    next_hash := encode(sha256(convert_to(head.hash || E'\n' || (head.seq + 1) || E'\n' || canonical, 'UTF8')), 'hex');
    INSERT INTO audit_entry (network_id, seq, at, recorded_at, actor, organisation_id, action, subject, detail, prev_hash, hash)
      VALUES (net, head.seq + 1, entry_at, entry_recorded_at, entry_actor, org, entry_action, entry_subject,
              entry_detail, head.hash, next_hash);
    UPDATE audit_head SET seq = head.seq + 1, hash = next_hash WHERE network_id = net;
    RETURN head.seq + 1;
  END $$;
REVOKE INSERT, UPDATE, DELETE ON audit_entry, audit_head FROM millrace_app;
REVOKE EXECUTE ON FUNCTION audit_append(uuid, timestamptz, timestamptz, text, uuid, text, text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(uuid, timestamptz, timestamptz, text, uuid, text, text, jsonb, text) TO millrace_app;

-- ── Row-level security ───────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE auth_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_user_platform ON auth_user USING ((SELECT acting_scope()) = 'platform');
-- Whoever sees a membership sees whose it is; the policy of membership decides.
CREATE POLICY auth_user_colleague ON auth_user FOR SELECT
  USING (EXISTS (SELECT FROM membership m WHERE m.user_id = auth_user.id));
ALTER TABLE auth_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_account_platform ON auth_account USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE auth_session ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_session_platform ON auth_session USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE auth_verification ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_verification_platform ON auth_verification USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE auth_totp ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_totp_platform ON auth_totp USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE auth_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY auth_secret_platform ON auth_secret USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE one_time_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_time_link_platform ON one_time_link USING ((SELECT acting_scope()) = 'platform');
ALTER TABLE token_revision ENABLE ROW LEVEL SECURITY;
CREATE POLICY token_revision_all ON token_revision USING (true);

ALTER TABLE network ENABLE ROW LEVEL SECURITY;
CREATE POLICY network_platform ON network USING ((SELECT acting_scope()) = 'platform');
CREATE POLICY network_member ON network FOR SELECT USING (network_id = (SELECT acting_network()));

-- Who supplies and who governs is known in the network; who buys is not, unless a grant connects the two.
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation_write ON organisation
  USING ((SELECT acting_scope()) = 'platform'
    OR ((SELECT acting_scope()) = 'network' AND network_id = (SELECT acting_network())));
CREATE POLICY organisation_read ON organisation FOR SELECT
  USING (network_id = (SELECT acting_network()) AND (
    id = (SELECT acting_organisation()) OR kind NOT IN ('buyer', 'hospital')
    OR EXISTS (SELECT FROM sharing_grant g WHERE g.network_id = organisation.network_id
                AND organisation.id IN (g.grantor_org_id, g.grantee_org_id))));

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership_all ON membership
  USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
    AND ((SELECT acting_scope()) = 'network' OR organisation_id = (SELECT acting_organisation()))));
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_key_all ON api_key
  USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
    AND ((SELECT acting_scope()) = 'network' OR organisation_id = (SELECT acting_organisation()))));
ALTER TABLE gateway ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_all ON gateway
  USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
    AND ((SELECT acting_scope()) = 'network' OR organisation_id = (SELECT acting_organisation()))));

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entry_read ON audit_entry FOR SELECT
  USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
    AND ((SELECT acting_scope()) = 'network' OR organisation_id = (SELECT acting_organisation()))));
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_head_read ON audit_head FOR SELECT
  USING ((SELECT acting_scope()) = 'platform'
    OR ((SELECT acting_scope()) = 'network' AND network_id = (SELECT acting_network())));

-- Both sides see a grant; only the one whose data it opens makes or revokes it.
ALTER TABLE sharing_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY sharing_grant_write ON sharing_grant
  USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
    AND ((SELECT acting_scope()) = 'network' OR grantor_org_id = (SELECT acting_organisation()))));
CREATE POLICY sharing_grant_read ON sharing_grant FOR SELECT
  USING (network_id = (SELECT acting_network()) AND grantee_org_id = (SELECT acting_organisation()));
