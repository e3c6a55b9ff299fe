from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clients", "0005_substitutions_are_absences")]
    operations = [migrations.DeleteModel(name="Substitution")]
