"""Who gave a client to a manager: taken away and given back, the row of the owner history is as it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0010_market_of_clients")]

    operations = [
        migrations.AddField(
            model_name="ownershipperiod",
            name="given_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="given by",
            ),
        ),
    ]
