"""Pieces of a page that are the same for many readers: drawn once, then sent as they were."""

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: So many versions of one piece are kept; then it is begun anew.
_MOST = 256


class SameForNode(template.Node):
    """Keeps what it drew for each language and each value of ``by``, as long as its template is loaded."""

    def __init__(self, nodelist: template.NodeList, by: list[template.base.FilterExpression]) -> None:
        self.nodelist = nodelist
        self._by = by
        self._drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        key = (get_language(), *[value.resolve(context) for value in self._by])
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self.nodelist.render(context)
            if len(self._drawn) >= _MOST:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn


@register.tag
def same_for(parser: template.base.Parser, token: template.base.Token) -> SameForNode:
    """``{% same_for user.access_level %}…{% endsame_for %}``: inside stands nothing but what follows from these values
    and the language. Never a token, a name, or what a permission decides that is not among the values."""
    by = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endsame_for",))
    parser.delete_first_token()
    return SameForNode(nodelist, by)
