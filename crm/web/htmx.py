"""htmx: one rule for partials, and toasts that travel with every answer.

An htmx request gets the same partial template the full page includes; whatever Django's messages hold is appended
out-of-band to the answer, into the page's ``aria-live`` region.
"""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from django.utils.functional import Promise

_UNDO = "undo:"
_REDIRECTING = ("HX-Redirect", "HX-Refresh", "HX-Location")


def wants_partial(request: HttpRequest) -> bool:
    """True when the answer will be swapped into a page that is already there."""
    details = getattr(request, "htmx", None)
    return bool(details) and not details.boosted and not details.history_restore_request


def toast(request: HttpRequest, text: str | Promise, *, level: int = messages.SUCCESS, undo_url: str = "") -> None:
    """Tell the person what happened. Shown on this page (htmx) or on the next one (redirect).

    Args:
        level: a level of ``django.contrib.messages``.
        undo_url: where *Undo* is posted to; the button is shown only when given.
    """
    messages.add_message(request, level, str(text), extra_tags=f"{_UNDO}{undo_url}" if undo_url else "")


def undo_url(extra_tags: str | None) -> str:
    """The address behind *Undo* of a message, or an empty string."""
    return extra_tags[len(_UNDO) :] if extra_tags and extra_tags.startswith(_UNDO) else ""


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on, whether it asked by itself or through htmx."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        # As HttpResponseRedirect does: a header is ASCII, and a line break in it would be a server error.
        response["HX-Redirect"] = iri_to_uri(url)
        return response
    return HttpResponseRedirect(url)


def location(request: HttpRequest, url: str, *, target: str) -> HttpResponse:
    """Go on to ``url``; with htmx only ``target`` of the page is read anew, and the address is the new one."""
    if not wants_partial(request):
        return redirect(request, url)
    response = HttpResponse(status=204)
    response["HX-Location"] = json.dumps({"path": iri_to_uri(url), "target": target, "swap": "outerHTML"})
    return response


def done(*events: str) -> HttpResponse:
    """An answer that swaps nothing: what was asked is done, the page hears ``events``.

    ``drawer-close`` closes the drawer; ``list-refresh`` makes every list on the page (``data-list``) read itself anew.
    """
    response = HttpResponse()
    response["HX-Reswap"] = "none"
    if events:
        response["HX-Trigger"] = ", ".join(events)
    return response


def with_toasts(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Append the waiting messages to a partial, out-of-band. Redirects keep them for the next page."""
    if response.streaming or not wants_partial(request) or any(header in response for header in _REDIRECTING):
        return response
    patch_vary_headers(response, ["HX-Request"])
    if not isinstance(response, HttpResponse) or response.status_code in (204, 301, 302, 303, 304):
        return response
    if not response.get("Content-Type", "").startswith("text/html"):
        return response
    render = getattr(response, "render", None)
    if render is not None and not getattr(response, "is_rendered", True):
        render()
    if waiting := list(messages.get_messages(request)):
        response.content += render_to_string(
            "components/_toasts_oob.html", {"messages": waiting}, request=request
        ).encode(response.charset)
    return response
