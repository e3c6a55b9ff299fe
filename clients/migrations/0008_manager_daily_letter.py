from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0007_redating_heard_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="manager",
            name="daily_letter",
            field=models.BooleanField(
                default=True,
                help_text="Unread notices by e-mail: one letter a day at most.",
                verbose_name="a letter a day",
            ),
        ),
    ]
