import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_turns_by_year")]

    operations = [
        migrations.CreateModel(
            name="NightPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stretch", models.CharField(max_length=7)),
                ("departments", models.JSONField()),
                ("changed", models.PositiveIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="exchange.nightlyrun",
                        verbose_name="run",
                    ),
                ),
            ],
            options={"verbose_name": "part of a night", "verbose_name_plural": "parts of nights"},
        ),
    ]
