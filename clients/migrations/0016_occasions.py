"""The occasions and the prepared letters a company starts with. Administrators change them in Django admin."""

from django.db import migrations

# name, month, day
OCCASIONS = [
    ("New Year", 1, 1),
    ("Defender of the Fatherland Day", 2, 23),
    ("International Women's Day", 3, 8),
    ("Entrepreneur's Day", 5, 26),
]
# name, for, occasion, language, subject, text
LETTERS = [
    (
        "Birthday",
        "birthday",
        None,
        "en",
        "Happy birthday, {first_name}!",
        "Dear {first_name},\n\nhappy birthday! I wish you good health, good people around you and a year in which "
        "things work out.\n\nIt is a pleasure to work with you.\n\n{manager}\n{phone}",
    ),
    (
        "Birthday, formal",
        "birthday",
        None,
        "en",
        "Happy birthday",
        "Dear {full_name},\n\nour whole team congratulates you on your birthday and wishes you health and success.\n\n"
        "Thank you for the trust you and {client} place in us.\n\nKind regards,\n{manager}\n{phone}",
    ),
    (
        "Founding day",
        "founding",
        None,
        "en",
        "Congratulations on the anniversary of {client}",
        "Dear colleagues,\n\ncongratulations on the birthday of {client}! We wish you loyal customers, a strong team "
        "and plans that come true.\n\nWe are glad to work with you.\n\n{manager}\n{phone}",
    ),
    (
        "Occasion",
        "occasion",
        None,
        "en",
        "{occasion}",
        "Dear {first_name},\n\ncongratulations on {occasion}! We wish you and everybody at {client} good work and good "
        "rest.\n\n{manager}\n{phone}",
    ),
    (
        "New Year",
        "occasion",
        "New Year",
        "en",
        "Happy New Year!",
        "Dear {first_name},\n\nthank you for the year we have worked together. We wish you and everybody at {client} a "
        "calm end of it, a good rest and a happy New Year.\n\n{manager}\n{phone}",
    ),
    (
        "День рождения",
        "birthday",
        None,
        "ru",
        "С днём рождения!",
        "{polite_name}, здравствуйте!\n\nПоздравляю вас с днём рождения. Здоровья вам, надёжных людей рядом и года, в "
        "котором всё получается.\n\nС вами приятно работать.\n\n{manager}\n{phone}",
    ),
    (
        "День рождения, официально",
        "birthday",
        None,
        "ru",
        "Поздравляем с днём рождения",
        "{polite_name}, здравствуйте!\n\nВся наша команда поздравляет вас с днём рождения и желает здоровья и успехов "
        "в делах.\n\nСпасибо за доверие, которое вы и {client} нам оказываете.\n\nС уважением,\n{manager}\n{phone}",
    ),
    (
        "День основания компании",
        "founding",
        None,
        "ru",
        "Поздравляем с днём основания компании",
        "Здравствуйте, коллеги!\n\nПоздравляем {client} с днём основания. Желаем верных заказчиков, сильной команды и "
        "планов, которые сбываются.\n\nРады работать с вами.\n\n{manager}\n{phone}",
    ),
    (
        "Праздник",
        "occasion",
        None,
        "ru",
        "Поздравляем с праздником",
        "{polite_name}, здравствуйте!\n\nПоздравляем вас и коллег с праздником ({occasion}). Хорошей работы и хорошего "
        "отдыха.\n\n{manager}\n{phone}",
    ),
    (
        "С Новым годом",
        "occasion",
        "New Year",
        "ru",
        "С Новым годом!",
        "{polite_name}, здравствуйте!\n\nСпасибо за год, который мы проработали вместе. Желаем вам и всем в {client} "
        "спокойно его завершить, хорошо отдохнуть и встретить счастливый новый год.\n\n{manager}\n{phone}",
    ),
    (
        "С 23 февраля",
        "occasion",
        "Defender of the Fatherland Day",
        "ru",
        "С 23 февраля!",
        "{polite_name}, здравствуйте!\n\nПоздравляем вас и коллег с Днём защитника Отечества. Здоровья, спокойствия и "
        "удачи во всех делах.\n\n{manager}\n{phone}",
    ),
    (
        "С 8 Марта",
        "occasion",
        "International Women's Day",
        "ru",
        "С 8 Марта!",
        "{polite_name}, здравствуйте!\n\nПоздравляем с 8 Марта вас и всех женщин вашей компании. Тепла, радости и "
        "весеннего настроения.\n\n{manager}\n{phone}",
    ),
]


def fill(apps, schema_editor):
    occasions, letters = apps.get_model("clients", "Occasion"), apps.get_model("clients", "LetterTemplate")
    for position, (name, month, day) in enumerate(OCCASIONS, 1):
        occasions.objects.get_or_create(name=name, defaults={"month": month, "day": day, "position": position * 10})
    for position, (name, use, occasion, language, subject, text) in enumerate(LETTERS, 1):
        letters.objects.get_or_create(
            name=name,
            defaults={
                "use": use,
                "occasion": occasions.objects.filter(name=occasion).first() if occasion else None,
                "language": language,
                "subject": subject,
                "text": text,
                "position": position * 10,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("clients", "0015_birthdays_have_days")]
    # Going back leaves the rows: the company may have changed them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
