"""The counts of a mailbox are kept by the database, in the transaction of whatever changes them.

One statement's changes are added up and written in the order of their keys, so that two statements
never wait for each other in a circle. Nobody but these triggers may write the table.
"""

from django.db import migrations

_NONE = "00000000-0000-0000-0000-000000000000"
TRIGGERS = {
    "INSERT": "REFERENCING NEW TABLE AS added",
    "UPDATE": "REFERENCING OLD TABLE AS before NEW TABLE AS after",
    "DELETE": "REFERENCING OLD TABLE AS removed",
}
_KEY = f"record_id, place, coalesce(folder_id, '{_NONE}') AS folder_key"

_ADD = """
CREATE FUNCTION mailbox_tally_add(of_record uuid, of_place text, of_folder uuid, more int, more_unread int)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  kept integer;
BEGIN
  UPDATE public.messaging_mailboxtally SET total = total + more, unread = unread + more_unread
    WHERE record_id = of_record AND place = of_place AND folder_key = of_folder RETURNING total INTO kept;
  IF kept IS NULL THEN
    INSERT INTO public.messaging_mailboxtally AS tally (record_id, place, folder_key, total, unread)
      VALUES (of_record, of_place, of_folder, more, more_unread)
      ON CONFLICT (record_id, place, folder_key)
      DO UPDATE SET total = tally.total + more, unread = tally.unread + more_unread;
  ELSIF kept = 0 THEN
    DELETE FROM public.messaging_mailboxtally
      WHERE record_id = of_record AND place = of_place AND folder_key = of_folder AND total = 0;
  END IF;
END $$
"""


def _loop(changes: str) -> str:
    return f"""
    FOR change IN SELECT record_id, place, folder_key, sum(total)::int AS total, sum(unread)::int AS unread
      FROM ({changes}) AS changed GROUP BY record_id, place, folder_key
      HAVING sum(total) <> 0 OR sum(unread) <> 0 ORDER BY record_id, place, folder_key
    LOOP
      PERFORM public.mailbox_tally_add(
        change.record_id, change.place, change.folder_key, change.total, change.unread);
    END LOOP;"""  # noqa: S608 - constants only


_CHANGED = """
    FROM before JOIN after USING (id)
    WHERE (before.record_id, before.place, before.folder_id, before.veteran_unread)
      IS DISTINCT FROM (after.record_id, after.place, after.folder_id, after.veteran_unread)"""
_UPDATED = " UNION ALL ".join(
    f"SELECT {side}.record_id, {side}.place, coalesce({side}.folder_id, '{_NONE}') AS folder_key,"
    f" {sign}1 AS total, {sign}{side}.veteran_unread::int AS unread {_CHANGED}"
    for side, sign in (("before", "-"), ("after", ""))
)

_KEEP = f"""
CREATE FUNCTION mailbox_tally_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  change record;
BEGIN
  IF TG_OP = 'INSERT' THEN {_loop(f"SELECT {_KEY}, 1 AS total, veteran_unread::int AS unread FROM added")}
  ELSIF TG_OP = 'UPDATE' THEN {_loop(_UPDATED)}
  ELSE {_loop(f"SELECT {_KEY}, -1 AS total, -veteran_unread::int AS unread FROM removed")}
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants only

_COUNT_ONCE = f"""
INSERT INTO messaging_mailboxtally (record_id, place, folder_key, total, unread)
SELECT record_id, place, folder_key, count(*), count(*) FILTER (WHERE veteran_unread)
FROM (SELECT {_KEY}, veteran_unread FROM messaging_conversation) AS conversation
GROUP BY record_id, place, folder_key
"""  # noqa: S608 - constants only

# The application's role may look; other roles may not call the function that writes either.
_RIGHTS = """
DO $$
DECLARE role name;
BEGIN
  REVOKE ALL ON FUNCTION mailbox_tally_add(uuid, text, uuid, int, int) FROM PUBLIC;
  REVOKE ALL ON FUNCTION mailbox_tally_keep() FROM PUBLIC;
  FOR role IN
    SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g
    WHERE g.table_schema = 'public' AND g.table_name = 'messaging_mailboxtally' AND g.grantee <> current_user
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON messaging_mailboxtally FROM %I', role);
  END LOOP;
END $$
"""


def _trigger(event: str) -> migrations.RunSQL:
    name = f"mailbox_tally_{event.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {event} ON messaging_conversation {TRIGGERS[event]}"
        " FOR EACH STATEMENT EXECUTE FUNCTION mailbox_tally_keep()",
        f"DROP TRIGGER {name} ON messaging_conversation",
    )


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_own_folders")]

    operations = [
        migrations.RunSQL(_ADD, "DROP FUNCTION mailbox_tally_add(uuid, text, uuid, int, int)"),
        migrations.RunSQL(_KEEP, "DROP FUNCTION mailbox_tally_keep()"),
        migrations.RunSQL(_RIGHTS, migrations.RunSQL.noop),
        *(_trigger(event) for event in TRIGGERS),
        migrations.RunSQL(_COUNT_ONCE, migrations.RunSQL.noop),
    ]
