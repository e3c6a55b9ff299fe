"""The keys of the board of sales, as people are told of them."""

from django.utils.translation import gettext_lazy as _

from crm.web.shortcuts import Shortcut, register

register(
    Shortcut(keys=("]",), also="[", does=_("the sale one stands on: a stage on or back"), group="board", order=10),
    Shortcut(keys=("j",), also="k", does=_("next or previous sale"), group="board", order=20),
    Shortcut(keys=("→",), also="←", does=_("the column beside; ↓ and ↑ within it"), group="board", order=30),
)
