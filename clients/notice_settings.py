"""How a person wants to hear of each kind of notice: in the app and by letter, in the app, or not at all.

Without a row of ``NoticeSetting`` as the kind says. ``clients.notices.notify`` makes no row for who wants none, the
daily letter (``clients.letters``) leaves out what is wanted in the app alone.
"""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from clients import notices
from clients.models import Manager, NoticeSetting
from clients.notices import NoticeKind

Channel = NoticeSetting.Channel


def kinds_for(person: Manager) -> list[NoticeKind]:
    """The kinds this person can get, the urgent ones first."""
    return [kind for kind in notices.registered() if person.access_level >= kind.access]


def default_of(kind: NoticeKind) -> Channel:
    """How everybody hears of a kind who has not chosen."""
    return Channel.LETTER if kind.by_letter else Channel.APP


def channels_of(kind: NoticeKind) -> list[Channel]:
    """What may be chosen: what is urgent is always told, what is over in an hour is in no letter."""
    channels = [Channel.LETTER, Channel.APP, Channel.NONE]
    if kind.momentary:
        channels.remove(Channel.LETTER)
    if kind.urgent:
        channels.remove(Channel.NONE)
    return channels


def chosen_by(person: Manager) -> dict[str, Channel]:
    """How this person hears of each kind he can get. One query."""
    stored = dict(NoticeSetting.objects.filter(manager=person).values_list("kind", "channel"))
    chosen = {}
    for kind in kinds_for(person):
        channel = stored.get(kind.key)
        chosen[kind.key] = Channel(channel) if channel in channels_of(kind) else default_of(kind)
    return chosen


@transaction.atomic
def choose(person: Manager, wanted: Mapping[str, str]) -> None:
    """Keep what was chosen; a choice that is the kind's own is not stored, so that it follows the kind.

    Raises:
        ValueError: a kind that is not declared, or a channel it does not offer.
    """
    kinds = {kind.key: kind for kind in notices.registered()}
    for key, channel in wanted.items():
        if key not in kinds or channel not in channels_of(kinds[key]):
            raise ValueError(f"{key} cannot be told by {channel!r}")
    own = {key: channel for key, channel in wanted.items() if channel != default_of(kinds[key])}
    NoticeSetting.objects.filter(manager=person, kind__in=wanted.keys() - own.keys()).delete()
    NoticeSetting.objects.bulk_create(
        [NoticeSetting(manager=person, kind=key, channel=channel) for key, channel in own.items()],
        update_conflicts=True,
        unique_fields=["manager", "kind"],
        update_fields=["channel"],
    )


def wanted_in_letters(kinds: list[NoticeKind]) -> Q:
    """Which notices of these kinds their readers want in the letter."""
    own = NoticeSetting.objects.filter(manager=OuterRef("recipient"), kind=OuterRef("kind"))
    asked, unasked = own.filter(channel=Channel.LETTER), own.exclude(channel=Channel.LETTER)
    lasting = [kind for kind in kinds if not kind.momentary]
    by_itself = Q(kind__in=[kind.key for kind in lasting if kind.by_letter]) & ~Exists(unasked)
    return by_itself | (Q(kind__in=[kind.key for kind in lasting if not kind.by_letter]) & Exists(asked))
