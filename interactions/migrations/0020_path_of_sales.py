"""How far sales got, and how long they stood at each stage: kept, so that the funnel of a large company is read
without its log being put in a row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0019_tallies_of_events")]

    operations = [
        migrations.AddField(
            model_name="salesprocess",
            name="furthest",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="interactions.stage",
                verbose_name="furthest stage",
            ),
        ),
        migrations.AddField(
            model_name="stagechange",
            name="stayed",
            field=models.DurationField(editable=False, null=True),
        ),
    ]
