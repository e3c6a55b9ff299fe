"""The work itself: what the program's own services make of the stored company, as if people had done it.

The rows of :mod:`crm.demo.company` are made in memory, for they are many; what is here is little and has rules of its
own (stages, inquiries, merges, imports), so the program does it, at the moment it is said to have been done.
"""

from django.utils import translation

from crm.demo.work.asking import answer
from crm.demo.work.calendars import fill_calendars
from crm.demo.work.loading import load_files
from crm.demo.work.measures import set_measures
from crm.demo.work.reporting import report_regularly
from crm.demo.work.selling import sell
from crm.demo.work.stages import set_stages
from crm.demo.work.threads import spin_threads
from crm.demo.work.twins import find_twins
from crm.demo.world import World


def work(world: World) -> None:
    """Let everything be done; the company is stored, the caller holds the transaction."""
    with translation.override(world.language):  # what an import says of a row is stored in words
        set_stages(world)
        sell(world)
        fill_calendars(world)
        spin_threads(world)
        load_files(world)
        answer(world)
        find_twins(world)
        set_measures(world)
        report_regularly(world)
