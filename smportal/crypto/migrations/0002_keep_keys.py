"""A data key that is gone makes everything unreadable that it sealed: the database refuses to lose one.

Rotation may change how a key is wrapped, and nothing else.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION crypto_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'data keys are kept' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER crypto_datakey_kept BEFORE DELETE OR TRUNCATE ON crypto_datakey
  FOR EACH STATEMENT EXECUTE FUNCTION crypto_refuse();
CREATE TRIGGER crypto_datakey_bound BEFORE UPDATE ON crypto_datakey FOR EACH ROW
  WHEN ((OLD.id, OLD.owner_kind, OLD.owner_id, OLD.created_at)
    IS DISTINCT FROM (NEW.id, NEW.owner_kind, NEW.owner_id, NEW.created_at))
  EXECUTE FUNCTION crypto_refuse();
"""
BACKWARDS = """
DROP TRIGGER crypto_datakey_bound ON crypto_datakey;
DROP TRIGGER crypto_datakey_kept ON crypto_datakey;
DROP FUNCTION crypto_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("crypto", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
