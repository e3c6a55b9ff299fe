"""``{% url %}``, quicker for most of its uses: a page has a hundred of them.

A builtin of all templates (``settings.TEMPLATES``). Django resolves the route anew each time; an address that differs
only in one number, or in nothing, is known (``crm.web.addresses``).
"""

from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as of_django

from crm.web.addresses import address, place

register = template.Library()


class AddressNode(URLNode):
    """Django's, but for a plain route without an argument or with one that turns out to be a number."""

    def render(self, context: template.Context) -> str:
        if self.kwargs or self.asvar or len(self.args) > 1:
            return super().render(context)
        name = self.view_name.resolve(context)
        numbers = [arg.resolve(context) for arg in self.args]
        if ":" in name or any(type(number) is not int for number in numbers):
            return super().render(context)
        return address(name, *numbers) if numbers else place(name)


@register.tag
def url(parser: Parser, token: Token) -> Any:
    """``{% url "client-detail" client.pk %}``: as Django's."""
    node = of_django(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)
