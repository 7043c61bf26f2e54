"""Conversations whose only files were withdrawn as sent in error: the veteran's lists announced them all the same."""

from django.db import migrations

TELL = """
UPDATE messaging_conversation c SET has_attachment = false
WHERE c.has_attachment
    AND EXISTS (SELECT FROM messaging_sentinerror e WHERE e.conversation_id = c.id)
    AND NOT EXISTS (
        SELECT FROM messaging_message m
        WHERE m.conversation_id = c.id AND m.attachment_count > 0
            AND NOT EXISTS (SELECT FROM messaging_sentinerror e WHERE e.message_id = m.id)
    )
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0031_reply_templates")]

    operations = [migrations.RunSQL(TELL, migrations.RunSQL.noop)]
