"""What held now has become history: the fields that knew only the present go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0024_norms_that_were")]
    operations = [
        migrations.RemoveConstraint(model_name="workschedule", name="work_schedule_one_default"),
        migrations.RemoveField(model_name="workschedule", name="is_default"),
        migrations.RemoveField(model_name="manager", name="work_schedule"),
        migrations.RemoveField(model_name="department", name="daily_points_norm"),
    ]
