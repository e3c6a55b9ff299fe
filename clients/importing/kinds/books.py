"""What the cells of a chunk are looked up in, each read by one query: people and dictionaries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from clients.models import Manager
from clients.models.dictionaries import Dictionary
from clients.rules.import_values import BadValue
from crm.web.text import fold


class PeopleBook:
    """Managers by what people write for them: login, e-mail, full name in any order, name with initials."""

    def __init__(self, managers: Iterable[Manager] | None = None) -> None:
        self._found: defaultdict[str, dict[int, Manager]] = defaultdict(dict)
        everybody = Manager.objects.select_related("department") if managers is None else managers
        for manager in everybody:
            for name in _names_of(manager):
                self._found[fold(name)][manager.pk] = manager

    def find(self, text: str) -> Manager:
        """Who is meant.

        Raises:
            BadValue: nobody is called so ("manager"), or several are ("manager_several").
        """
        found = self._found.get(fold(text.replace(".", ". ")), {}) or self._found.get(fold(text), {})
        # Who does not work here any more is meant only when nobody else is.
        present = [manager for manager in found.values() if manager.is_active] or list(found.values())
        if len(present) != 1:
            raise BadValue("manager_several" if present else "manager")
        return present[0]


def _names_of(manager: Manager) -> set[str]:
    last, first, middle = manager.last_name, manager.first_name, manager.middle_name
    names = {manager.username, manager.email}
    if last:
        names |= {f"{last} {first}", f"{first} {last}", f"{last} {first} {middle}", f"{first} {middle} {last}"}
    if last and first:
        names |= {f"{last} {first[0]}.", f"{first[0]}. {last}"}
    if last and first and middle:
        names |= {f"{last} {first[0]}. {middle[0]}.", f"{first[0]}. {middle[0]}. {last}"}
    return {name for name in names if name.strip()}


@dataclass
class DictionaryBook:
    """The entries of one dictionary by their names, in the database's words and in the reader's; ``makes``: what is not
    there is made when the rows are written."""

    model: type[Dictionary]
    makes: bool = False
    _found: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.model._default_manager.all():  # type: ignore[attr-defined]
            for name in (entry.name, str(entry)):
                self._found.setdefault(fold(name), entry.pk)

    def find(self, text: str) -> int | None:
        """The entry's key; None for one that is to be made.

        Raises:
            BadValue: there is none ("unknown"), and none may be made; or it would be too long.
        """
        pk = self._found.get(fold(text))
        if pk is None and not self.makes:
            raise BadValue("unknown")
        if pk is None and len(text) > 100:
            raise BadValue("too_long", length=len(text), most=100)
        return pk

    def make(self, names: Iterable[str]) -> None:
        """Make the entries that are not there yet, as they are first written."""
        for name in names:
            if fold(name) not in self._found:
                entry, _made = self.model._default_manager.get_or_create(name=name)  # type: ignore[attr-defined]
                self._found[fold(name)] = entry.pk

    def __getitem__(self, text: str) -> int:
        return self._found[fold(text)]
