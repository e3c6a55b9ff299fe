"""``{% translate %}``, quicker for nearly all of its uses: a page has a hundred of them.

Part of ``{% load web %}``, which stands after ``i18n``. Django asks the catalogue for the same words each time they are
drawn; here a place in a template keeps what it said, for each language.
"""

from django import template
from django.template.base import Parser, Token
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language

register = template.Library()


class KnownWordsNode(template.Node):
    """A :class:`TranslateNode` that is asked once for each language: its words stand in the template."""

    def __init__(self, node: TranslateNode) -> None:
        self._node = node
        self._known: dict[tuple[str | None, bool], str] = {}

    def render(self, context: template.Context) -> str:
        key = (get_language(), context.autoescape)
        words = self._known.get(key)
        if words is None:
            drawn, name = self._node.render(context), self._node.asvar
            words = self._known[key] = context[name] if name else drawn
        if self._node.asvar:
            context[self._node.asvar] = words
            return ""
        return words


@register.tag
def translate(parser: Parser, token: Token) -> template.Node:
    """``{% translate "Save" %}``, with ``as`` and ``context``: as Django's."""
    node = do_translate(parser, token)
    if isinstance(node, TranslateNode) and _is_fixed(node.filter_expression) and _is_fixed(node.message_context):
        return KnownWordsNode(node)
    return node


def _is_fixed(expression: template.base.FilterExpression | None) -> bool:
    """Whether it is words in quotation marks, or nothing."""
    if expression is None:
        return True
    # Its lookups are None: there is nothing to be looked up.
    return not expression.filters and getattr(expression.var, "lookups", None) is None
