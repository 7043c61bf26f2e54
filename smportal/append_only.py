"""Migration operations that make a table append-only in the database itself."""

from django.db.migrations.operations import RunSQL

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

_REVOKE = """
DO $$
DECLARE grantee name;
BEGIN
    FOR grantee IN
        SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g
        WHERE g.table_schema = current_schema() AND g.table_name = '{table}' AND g.grantee <> current_user
    LOOP
        EXECUTE format('REVOKE {rights} ON {table} FROM %I', grantee);
    END LOOP;
END $$;
"""


def append_only(table: str, *, rights: str = "UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES") -> RunSQL:
    """Return the operation: triggers refuse changes even to the owner, and other roles lose `rights`."""
    return RunSQL(
        _FUNCTION
        + f"""
        CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
        + _REVOKE.format(table=table, rights=rights),
        f"""
        DROP TRIGGER {table}_refuse_change ON {table};
        DROP TRIGGER {table}_refuse_truncate ON {table};
        """,
    )
