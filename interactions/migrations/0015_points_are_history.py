"""What kinds earn has become history: the field that knew only the present goes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("interactions", "0014_points_that_were")]
    operations = [migrations.RemoveField(model_name="eventkind", name="points")]
