"""Administrators: they answer nights that ask, change a policy once in a while, and merge doubles."""

from clients.merging import merge_clients
from clients.models import Client, ZonePolicy
from clients.policy_changes import PolicyChange, apply_change, basis
from clients.redating import run_redating
from exchange.models import Detachment, NightlyRun
from exchange.night import deciding
from exchange.simulation import heads
from exchange.simulation.world import World


def morning(world: World) -> None:
    """A night that asked is answered, most of the time on the same day."""
    asked = NightlyRun.objects.asking().order_by("-date").first()
    if asked and world.happens(0.8):
        if world.happens(0.85):
            _confirm(world, asked)
        else:
            world.attempt("nights rejected", lambda: deciding.reject(run_id=asked.pk, by=world.admin))
    if world.rarely(0.002):
        heads.whole_night(world, world.admin)


def evening(world: World) -> None:
    if world.rarely(0.006):
        _change_policy(world)
    if world.rarely(0.006):
        _merge(world)


def _confirm(world: World, run: NightlyRun) -> None:
    with world.now():
        due = Client.objects.held().filter(detach_on__lte=world.day).values_list("pk", flat=True)
        world.checker.befores.remember(due, world.day)
    before = Detachment.objects.filter(run=run).count()
    if world.attempt("nights confirmed", lambda: deciding.confirm(run_id=run.pk, by=world.admin)):
        with world.now():
            # What a worker would do now.
            deciding.take_confirmed(run.pk)
            world.count("detached", Detachment.objects.filter(run=run).count() - before)
            world.checker.leavers.check(world.checker.look(world.day))


def _change_policy(world: World) -> None:
    """Another number of months for a category or a department; the next time back again."""
    category, department = world.pick((("A", None), ("C", None), ("", world.departments[-1])))
    months = world.options.thresholds or (1, 5, 6)
    policy = ZonePolicy.objects.filter(category=category, department=department).first()
    if policy is None:
        policy = ZonePolicy(category=category, department_id=department)
    yellow, red, leave = months
    red = max(yellow + 1, red + world.chance.randrange(-1, 2))
    leave = max(red, leave + world.chance.randrange(0, 2))
    policy.yellow_months, policy.red_months, policy.detach_months = yellow, red, leave
    job = world.attempt(
        "policies changed", lambda: apply_change(PolicyChange(save=policy), by=world.admin, seen=basis())
    )
    if job and world.happens(0.5):
        # Else the job is lost, and the night finishes it.
        with world.now():
            run_redating(job.pk)


def _merge(world: World) -> None:
    """Two rows of one client become one: the held one stays, or both are on the exchange."""
    ids = list(Client.objects.filter(archived_at=None).order_by("pk").values_list("pk", flat=True))
    keep, drop = (Client.objects.get(pk=pk) for pk in world.chance.sample(ids, 2))
    if drop.is_held and not keep.is_held:
        keep, drop = drop, keep
    world.checker.befores.drop([keep.pk, drop.pk])
    world.attempt("merges", lambda: merge_clients(keep_id=keep.pk, drop_id=drop.pk, by=world.director))
