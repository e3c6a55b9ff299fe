"""Looking through the whole base for clients that look like one.

The clients are read in the order of their keys, some hundreds at a time, and each is compared only with those before it
that share an INN, a phone, an address or a key of the name (``rules.keys``): the time grows with the base, not with its
square, and the memory not at all. Each chunk is one transaction in which the scan notes how far it came, so a killed
one goes on where it stopped.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db import IntegrityError, models, transaction
from django.db.models import Count, F
from django.utils.translation import gettext_lazy as _

from clients.doubles import rules
from clients.doubles.rules import Row, Verdict
from clients.models import Client, ContactPoint, DuplicateKey, DuplicatePair, DuplicateScan, Manager
from crm import clock
from crm.web.errors import Conflict

log = logging.getLogger(__name__)
CHUNK = 500
#: What more clients than this share says nothing of any two of them: a switchboard, "shop", a test address.
COMMON = 40
#: A scan of which nothing was heard for so long has lost its worker.
SILENCE = dt.timedelta(minutes=2)


def request_scan(*, by: Manager) -> DuplicateScan:
    """Begin to look through the whole base, in the background.

    Raises:
        Conflict: somebody has begun it already.
    """
    from clients.tasks import carry_on_scan

    try:
        with transaction.atomic():
            scan = DuplicateScan.objects.create(asked_by=by, total=_base().count(), heard_at=clock.now())
            DuplicateKey.objects.all().delete()
            carry_on_scan.delay_on_commit(scan.pk)
    except IntegrityError as error:
        raise Conflict(_("A scan is under way already.")) from error
    return scan


def stop_scan(*, scan_id: int) -> None:
    """Look no further; what was found so far stays. One that is over already is left alone."""
    now = clock.now()
    with transaction.atomic():
        if _locked(scan_id).status == DuplicateScan.Status.RUNNING:
            DuplicateScan.objects.filter(pk=scan_id).update(
                status=DuplicateScan.Status.STOPPED, finished_at=now, heard_at=now
            )
            DuplicateKey.objects.all().delete()


def is_stuck(scan: DuplicateScan, now: dt.datetime) -> bool:
    """Under way, but nothing was heard of it for a while."""
    return scan.status == DuplicateScan.Status.RUNNING and (scan.heard_at or scan.created_at) < now - SILENCE


def carry_on(scan_id: int) -> None:
    """Do what is left of a scan. Two workers at once share the work: a chunk is done under the scan's lock."""
    while _do_chunk(scan_id):
        pass


def carry_on_lost() -> int:
    """Go on with the scan that has lost its worker, if there is one. Returns how many; one query when none."""
    lost = DuplicateScan.objects.filter(status=DuplicateScan.Status.RUNNING, heard_at__lt=clock.now() - SILENCE)
    found = list(lost.values_list("pk", flat=True))
    for pk in found:
        carry_on(pk)
    return len(found)


def _base() -> models.QuerySet[Client]:
    """The archived are out of the market, some of them as doubles."""
    return Client.objects.filter(archived_at=None)


def _locked(scan_id: int) -> DuplicateScan:
    return DuplicateScan.objects.select_for_update(no_key=True, of=("self",)).get(pk=scan_id)


@transaction.atomic
def _do_chunk(scan_id: int) -> bool:
    """Look at the next clients; finish when there are none. Returns whether there may be more."""
    scan = _locked(scan_id)
    if scan.status != DuplicateScan.Status.RUNNING:
        return False
    chunk = _rows(_base().filter(pk__gt=scan.cursor).order_by("pk")[:CHUNK])
    if not chunk:
        _finish(scan)
        return False
    new = _note(_found(chunk))
    DuplicateScan.objects.filter(pk=scan_id).update(
        done=F("done") + len(chunk), found=F("found") + new, cursor=max(chunk), heard_at=clock.now()
    )
    return True


def _finish(scan: DuplicateScan) -> None:
    """What no longer looks alike is no longer asked about."""
    now = clock.now()
    DuplicatePair.objects.filter(status=DuplicatePair.Status.OPEN, found_at__lt=scan.created_at).delete()
    DuplicateScan.objects.filter(pk=scan.pk).update(
        status=DuplicateScan.Status.DONE, total=F("done"), finished_at=now, heard_at=now
    )
    DuplicateKey.objects.all().delete()


def _rows(clients: models.QuerySet[Client]) -> dict[int, Row]:
    return {row[0]: Row(*row) for row in clients.values_list("pk", "name", "inn", "kpp", "city")}


# --- finding ----------------------------------------------------------------------------------------------------------
def _found(chunk: dict[int, Row]) -> dict[tuple[int, int], Verdict]:
    """The pairs the clients of a chunk make with those before them, and with each other."""
    last = max(chunk)
    shared: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for pair in rules.pairs_of(_same_inn(chunk, last), chunk):
        shared[pair].add("inn")
    for reason in ("phone", "email"):
        for pair in rules.pairs_of(_same_contact(chunk, last, reason), chunk):
            shared[pair].add(reason)
    for pair in rules.pairs_of(_same_key(chunk, last), chunk):
        shared[pair]  # to be looked at for the name
    rows = {**chunk, **_rows(_base().filter(pk__in={pk for pair in shared for pk in pair} - chunk.keys()))}
    words = {pk: row.words for pk, row in rows.items()}
    found = {}
    for (one, other), reasons in shared.items():
        if one in rows and other in rows:
            alike = rules.names_alike(words[one], words[other])
            if verdict := rules.verdict(rows[one], rows[other], reasons, alike=alike):
                found[one, other] = verdict
    return found


def _same_inn(chunk: dict[int, Row], last: int) -> Iterable[Collection[int]]:
    inns = {row.inn for row in chunk.values() if row.inn}
    return _groups(_base().filter(inn__in=inns, pk__lte=last), "inn", "pk")


def _same_contact(chunk: dict[int, Row], last: int, kind: str) -> Iterable[Collection[int]]:
    points = ContactPoint.objects.order_by().filter(kind=kind)
    values = points.filter(client__in=chunk).values_list("normalized", flat=True).distinct()
    return _groups(points.filter(normalized__in=list(values), client__lte=last), "normalized", "client_id")


def _same_key(chunk: dict[int, Row], last: int) -> Iterable[Collection[int]]:
    """Those before have left their keys in the table."""
    own = [DuplicateKey(client_pk=row.pk, key=key) for row in chunk.values() for key in rules.keys(row.name)]
    DuplicateKey.objects.bulk_create(own, batch_size=1000)
    return _groups(
        DuplicateKey.objects.filter(key__in={key.key for key in own}, client_pk__lte=last), "key", "client_pk"
    )


def _groups(rows: models.QuerySet, by: str, client: str) -> Iterable[Collection[int]]:
    """The clients that share a value, by value; not of what nearly everybody shares."""
    rows = rows.order_by()
    counts = rows.values(by).annotate(clients=Count(client, distinct=True))
    telling = list(counts.filter(clients__gt=1, clients__lte=COMMON).values_list(by, flat=True))
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for value, pk in rows.filter(**{f"{by}__in": telling}).values_list(by, client):
        groups[value].add(pk)
    return groups.values()


# --- noting -----------------------------------------------------------------------------------------------------------
def _note(found: dict[tuple[int, int], Verdict]) -> int:
    """Write the pairs down; what somebody said of one holds. Returns how many are new."""
    now = clock.now()
    known = {(pair.one_id, pair.other_id): pair for pair in _known(list(found))}
    seen = [pair for pair in known.values() if pair.status == DuplicatePair.Status.OPEN]
    for pair in seen:
        verdict = found[pair.one_id, pair.other_id]
        pair.reasons, pair.score, pair.found_at = verdict.reasons, verdict.score, now
    DuplicatePair.objects.bulk_update(seen, ["reasons", "score", "found_at"], batch_size=200)
    new = [
        DuplicatePair(one_id=one, other_id=other, reasons=verdict.reasons, score=verdict.score, found_at=now)
        for (one, other), verdict in found.items()
        if (one, other) not in known
    ]
    DuplicatePair.objects.bulk_create(new, batch_size=500)
    return len(new)


def _known(pairs: Sequence[tuple[int, int]]) -> list[DuplicatePair]:
    wanted = set(pairs)
    rows = DuplicatePair.objects.filter(other__in={other for _one, other in wanted})
    return [row for row in rows if (row.one_id, row.other_id) in wanted]
