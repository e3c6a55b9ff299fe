"""What can be done with many contact persons at once."""

from typing import ClassVar

from django.utils.translation import ngettext

from clients.bulk.exporting import ExportRows
from clients.bulk.registry import OfClients, register
from clients.bulk.tagging import AddTags, RemoveTags
from clients.models import ContactPerson


class OfTheList(OfClients):
    """Rows that are contact persons."""

    page = "person-list"
    model = ContactPerson

    def count_words(self, number: int) -> str:
        return ngettext("%(count)d person", "%(count)d persons", number) % {"count": number}


class AddPersonTags(OfTheList, AddTags):
    key = "person-tag"


class RemovePersonTags(OfTheList, RemoveTags):
    key = "person-untag"


class ExportPersons(OfTheList, ExportRows):
    key = "person-export"
    export_url = "person-export"
    everything: ClassVar = {"whose": "all"}


def register_actions() -> None:
    """Called once, when the app is ready."""
    register(AddPersonTags(), ExportPersons(), RemovePersonTags())
