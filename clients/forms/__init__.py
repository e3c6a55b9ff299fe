"""Forms of the clients app, one module per subject."""

from clients.forms.cards import ClientForm, PersonForm
from clients.forms.links import (
    ClientChoiceField,
    ClientRelationForm,
    ManagerForm,
    PersonRelationForm,
    client_words,
)

__all__ = [
    "ClientChoiceField",
    "ClientForm",
    "ClientRelationForm",
    "ManagerForm",
    "PersonForm",
    "PersonRelationForm",
    "client_words",
]
