from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0021_path_of_sales_so_far")]

    operations = [
        migrations.AddIndex(
            model_name="salesprocess",
            index=models.Index(
                fields=["kind", "started_on"],
                include=("responsible", "status", "stage", "furthest", "loss_reason", "amount", "id"),
                name="process_begun",
            ),
        ),
        migrations.AddIndex(
            model_name="stagechange",
            index=models.Index(
                condition=models.Q(("stayed__isnull", False), ("to_stage__isnull", False)),
                fields=["process"],
                include=("to_stage", "stayed"),
                name="stage_change_stayed",
            ),
        ),
    ]
