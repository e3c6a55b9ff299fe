"""What makes the demo company's desk lively: tags, further fields, files, views, relations, mentions, days to
congratulate, what was done to many at once.

:meth:`Desk.set_out` comes before the events have their ids, :meth:`Desk.finish` after that; no query per row.
"""

from collections.abc import Sequence

from clients.models import Notice
from crm.demo.desk.congratulating import celebrate
from crm.demo.desk.files import put_files
from crm.demo.desk.jobs import do_to_many
from crm.demo.desk.lists import keep_lists
from crm.demo.desk.marks import mark
from crm.demo.desk.talk import Said, set_reminders, talk
from crm.demo.desk.today import Today
from crm.demo.firms import Known
from crm.demo.story import Story
from crm.demo.world import World


class Desk:
    """Holds what is begun before the events have their ids and finished after it."""

    def __init__(self, world: World, stories: Sequence[Story]) -> None:
        self.world, self.stories = world, stories
        self.said: list[Said] = []

    def set_out(self) -> None:
        """Add what is an event or hangs on one; and the links that need no event."""
        today = Today(self.world, self.stories)
        self.said = [*today.live(), *talk(self.world, self.stories)]
        celebrate(self.world, self.stories, today.clients)

    def finish(self, clients: Sequence[Known]) -> list[Notice]:
        """Everything else, when all events are known. Returns the notices of what people wrote to each other."""
        mark(self.world, clients)
        put_files(self.world, clients)
        keep_lists(self.world, clients)
        do_to_many(self.world, clients)
        set_reminders(self.world)
        return [notice for said in self.said for notice in said.notices()]
