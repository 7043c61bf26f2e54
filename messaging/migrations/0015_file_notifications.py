from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0014_attachments"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_message", "New message for a veteran"),
                    ("assigned", "Conversation assigned"),
                    ("reminder", "Answer due soon"),
                    ("overdue", "Answer overdue"),
                    ("escalation", "Answer overdue for two days more"),
                    ("file_veteran", "File of a veteran not delivered"),
                    ("file_staff", "File of the care team not delivered"),
                    ("break_glass", "Break glass to review"),
                ],
                max_length=20,
            ),
        ),
    ]
