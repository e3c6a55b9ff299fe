"""From now on the database keeps a birthday and its day of the year together."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0014_days_of_birthdays")]

    operations = [
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("birthday__isnull", True), ("birthday_md__isnull", True)),
                    models.Q(("birthday__isnull", False), ("birthday_md__isnull", False)),
                    _connector="OR",
                ),
                name="client_birthday_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("birthday__isnull", True), ("birthday_md__isnull", True)),
                    models.Q(("birthday__isnull", False), ("birthday_md__isnull", False)),
                    _connector="OR",
                ),
                name="person_birthday_has_its_day",
            ),
        ),
    ]
