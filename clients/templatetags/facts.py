"""Facts of a client on its card.

Drawn by plain functions: a card has some thirty of them, each known or not, and each with the way to change it.
"""

from collections.abc import Callable, Sequence

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.facts import Fact
from clients.models import Client
from clients.templatetags.mentions import mentions
from crm.web.escaping import escaped
from crm.web.tags.marks import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def fact_lines(context: template.Context, facts: Sequence[Fact]) -> SafeString:
    """The facts that are known, each with its pencil for those who may change it; of the others only the place where
    their form opens. ``is_answer``: the one just edited, which takes the focus back."""
    is_answer, url = bool(context.get("is_answer")), _addresses(context, facts)
    drawn = []
    for fact in facts:
        if fact.words or is_answer:
            drawn.append(_line(fact, url and url(fact), is_answer))
        elif url:
            drawn.append(f'<div class="cl-fact is-unknown" id="fact-{escaped(fact.name)}"></div>')
    return SafeString("\n".join(drawn))


@register.simple_tag(takes_context=True)
def fact_links(context: template.Context, facts: Sequence[Fact]) -> SafeString:
    """Unknown facts by name, each a link that opens its form in its place. ``cleared``: the one just emptied, which
    takes the focus."""
    cleared, url = context.get("cleared"), _addresses(context, facts)
    drawn = []
    for fact in facts:
        words = escaped(str(fact.label).lower())
        if url:
            name, focus = escaped(fact.name), " autofocus" if fact.name == cleared else ""
            words = f'<a href="{url(fact)}" data-fact-edit="{name}"{focus}>{words}</a>'
        drawn.append(words)
    return SafeString(", ".join(drawn))


def _addresses(context: template.Context, facts: Sequence[Fact]) -> Callable[[Fact], str] | None:
    """Where each is changed; None where the reader may not."""
    if not facts or not context.get("editable"):
        return None
    client: Client = context["client"]
    # The names are of letters, digits and "_": the address of one tells those of all.
    before, _name, after = reverse("client-field", args=[client.pk, facts[0].name]).rpartition(facts[0].name)
    return lambda fact: f"{before}{fact.name}{after}"


def _line(fact: Fact, url: str | None, is_answer: bool) -> str:
    name, label, is_prose = escaped(fact.name), escaped(str(fact.label)), fact.is_prose
    words = (mentions(fact.words) if is_prose else escaped(fact.words)) or "–"
    css = f"{' is-prose' if is_prose else ''}{'' if fact.words else ' is-unknown'}"
    return (
        f'<div class="cl-fact{css}" id="fact-{name}" data-fact><dt>{label}</dt>'
        f'<dd><span class="cl-fact-words{" sv-wrap" if is_prose else ""}">{words}</span>'
        f"{_copying(fact, label) if fact.copy else ''}{_pencil(name, label, url, is_answer) if url else ''}</dd></div>"
    )


def _copying(fact: Fact, label: str) -> str:
    words = escaped(_("Copy"))
    return (
        f' <button type="button" class="sv-close sv-needs-js" data-copy="{escaped(fact.copy)}" title="{words}">'
        f'{icon("copy")}<span class="visually-hidden">{words}: {label}</span></button>'
    )


def _pencil(name: str, label: str, url: str, is_answer: bool) -> str:
    return (
        f'<a class="cl-pencil" href="{url}" data-fact-edit="{name}"{" autofocus" if is_answer else ""}>{icon("pencil")}'
        f'<span class="visually-hidden">{escaped(_("Edit"))}: {label}</span></a>'
    )
