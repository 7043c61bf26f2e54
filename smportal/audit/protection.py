"""What keeps the trail append-only in the database itself: triggers, rights, and the owner's functions.

The migration runs it, and `migrate` again each time, so that rights given by mistake do not stay.
Every statement can run again and again. The functions name their tables in full and pin
`search_path`, so that a caller cannot slip in objects of its own.
"""

from typing import Any

TABLES = ("audit_auditevent", "audit_auditseal", "audit_sealingstate")
SEQUENCE = "audit_auditevent_id_seq"
# What the application may call; everything else is the owner's.
FUNCTIONS = (
    "audit_append(jsonb)",
    "audit_mark_horizon()",
    "audit_settled_horizon()",
    "audit_add_seal(bigint,bigint,bigint,bytea,smallint,text,bytea,bytea,timestamptz)",
)
# One sealer at a time, in the whole database.
LOCK = 7_316_402_118

REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$
"""

APPEND = """
CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.audit_auditevent (
    occurred_at, actor_kind, actor_account_id, actor_record_id, actor_staff_id, actor_name, deed,
    subject_id, object_kind, object_id, reason, address, request_id, details)
  SELECT e.occurred_at, e.actor_kind, e.actor_account_id, e.actor_record_id, e.actor_staff_id, e.actor_name, e.deed,
    e.subject_id, e.object_kind, e.object_id, e.reason, e.address, e.request_id, e.details
  FROM jsonb_to_recordset(events) AS e (
    occurred_at timestamptz, actor_kind text, actor_account_id uuid, actor_record_id uuid, actor_staff_id uuid,
    actor_name text, deed text, subject_id uuid, object_kind text, object_id text, reason text, address inet,
    request_id text, details jsonb);
END $$
"""

# Whoever inserts holds a lock on the table from before it takes an event id until its rows can be
# seen, or never will be. So note the highest id L first, and then who holds such a lock: once none of
# these does any more, every event <= L that will ever be there can be seen. Transactions of other
# databases, of readers, and younger ones do not matter.
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = 'public.audit_auditevent'::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""

MARK_HORIZON = f"""
CREATE OR REPLACE FUNCTION audit_mark_horizon() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  horizon bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock({LOCK}) THEN
    RETURN;
  END IF;
  -- A horizon that events wait for stays, or in a busy database sealing would never catch up with it.
  IF EXISTS (SELECT FROM public.audit_auditevent, public.audit_sealingstate WHERE audit_auditevent.id <= horizon_id
             AND audit_auditevent.id > (SELECT coalesce(max(last_id), 0) FROM public.audit_auditseal)) THEN
    RETURN;
  END IF;
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO horizon FROM public.{SEQUENCE};
  UPDATE public.audit_sealingstate SET horizon_id = horizon, horizon_writers = ARRAY({WRITERS});
END $$
"""  # noqa: S608 - constants only

SETTLED = f"""
CREATE OR REPLACE FUNCTION audit_settled_horizon() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  state public.audit_sealingstate;
BEGIN
  SELECT * INTO STRICT state FROM public.audit_sealingstate;
  IF EXISTS (SELECT FROM ({WRITERS}) AS writer WHERE virtualtransaction = ANY (state.horizon_writers)) THEN
    RETURN NULL;
  END IF;
  RETURN state.horizon_id;
END $$
"""  # noqa: S608 - constants only

ADD_SEAL = f"""
CREATE OR REPLACE FUNCTION audit_add_seal(
  new_seq bigint, new_first bigint, new_last bigint, new_entries bytea, new_format smallint, new_key text,
  new_previous bytea, new_digest bytea, new_sealed_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last public.audit_auditseal;
  new_count integer := octet_length(new_entries) / 24;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT * INTO last FROM public.audit_auditseal ORDER BY seq DESC LIMIT 1;
  IF new_seq <> coalesce(last.seq, 0) + 1 OR new_first <> coalesce(last.last_id, 0) + 1
     OR new_previous <> coalesce(last.digest, '') THEN
    RAISE EXCEPTION 'this seal does not follow the last one';
  END IF;
  IF new_last > coalesce(public.audit_settled_horizon(), 0) THEN
    RAISE EXCEPTION 'these events are not settled yet';
  END IF;
  IF octet_length(new_digest) <> 32
     OR new_count <> (SELECT count(*) FROM public.audit_auditevent WHERE id BETWEEN new_first AND new_last) THEN
    RAISE EXCEPTION 'this seal does not fit its events';
  END IF;
  INSERT INTO public.audit_auditseal (
    seq, first_id, last_id, count, entries, format, key_id, previous_digest, digest, sealed_at)
  VALUES (
    new_seq, new_first, new_last, new_count, new_entries, new_format, new_key, new_previous, new_digest, new_sealed_at);
  UPDATE public.audit_sealingstate SET last_seq = new_seq;
END $$
"""  # noqa: S608 - constants only

# The statement level also refuses a statement that finds no row. ALWAYS: a replication role's
# session would pass by an ordinary trigger.
TRIGGERS = """
CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_append_only
"""
GUARDS = {
    ("audit_auditevent", "audit_append_only"),
    ("audit_auditseal", "audit_append_only"),
}

# Whoever has any right on the trail, or gets rights on new tables by default, is an application
# role: it keeps reading, and gets the functions.
RIGHTS = f"""
DO $$
DECLARE
  role record;
  thing text;
BEGIN
  FOREACH thing IN ARRAY ARRAY[{", ".join(f"'{name}'" for name in FUNCTIONS)}] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', thing);
  END LOOP;
  FOREACH thing IN ARRAY ARRAY[{", ".join(f"'{name}'" for name in (*TABLES, SEQUENCE))}] LOOP
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', thing);
  END LOOP;
  FOR role IN
    SELECT DISTINCT pg_get_userbyid(acl.grantee) AS name FROM (
      SELECT (aclexplode(relacl)).grantee FROM pg_class
      WHERE oid IN ({", ".join(f"'{name}'::regclass" for name in (*TABLES, SEQUENCE))})
      UNION SELECT (aclexplode(defaclacl)).grantee FROM pg_default_acl
      WHERE defaclobjtype = 'r' AND defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    ) AS acl
    WHERE acl.grantee <> 0
      AND acl.grantee <> (SELECT relowner FROM pg_class WHERE oid = 'audit_auditevent'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON {", ".join((*TABLES, SEQUENCE))} FROM %I', role.name);
    EXECUTE format('GRANT SELECT ON {", ".join(TABLES)} TO %I', role.name);
    FOREACH thing IN ARRAY ARRAY[{", ".join(f"'{name}'" for name in FUNCTIONS)}] LOOP
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', thing, role.name);
    END LOOP;
  END LOOP;
END $$
"""  # noqa: S608 - constants only

FIRST_STATE = """
INSERT INTO audit_sealingstate (id, horizon_id, horizon_writers, last_seq) VALUES (1, 0, '{}', 0)
ON CONFLICT DO NOTHING
"""

STATEMENTS = (
    REFUSE,
    APPEND,
    MARK_HORIZON,
    SETTLED,
    ADD_SEAL,
    *(TRIGGERS.format(table=table) for table in ("audit_auditevent", "audit_auditseal")),
    FIRST_STATE,
    RIGHTS,
)


def protect(connection: Any) -> None:
    """Set up (again) triggers, functions and rights; `connection` is the owner's.

    Raises django.db.DatabaseError when the role is not the owner of the trail.
    """
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement)


def gaps(connection: Any) -> list[str]:
    """Return what is missing of the protection, in words; empty when the trail is protected."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'A' AND tgrelid::regclass::text"
            " IN ('audit_auditevent', 'audit_auditseal')"
        )
        on = set(cursor.fetchall())
        for table, trigger in GUARDS - on:
            found.append(f"the trigger {trigger} of {table} is off")
        cursor.execute(
            "SELECT DISTINCT c.relname, pg_get_userbyid(a.grantee), a.privilege_type FROM pg_class AS c,"
            " aclexplode(c.relacl) AS a WHERE c.relname = ANY(%s) AND a.grantee <> c.relowner"
            " AND a.privilege_type <> 'SELECT'",
            [[*TABLES, SEQUENCE]],
        )
        found += [f"{role} may {right} on {table}" for table, role, right in cursor.fetchall()]
    return sorted(found)
