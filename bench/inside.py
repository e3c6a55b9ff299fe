"""A page asked for inside this process, where it can be looked into; over the wire it is ``bench.visitor``."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.test import Client

from bench.known import Known, open_session
from bench.pages import Page


def asking_inside(page: Page, known: Known, *, language: str = "en") -> Callable[[], HttpResponseBase]:
    """One request for the page by its reader, ready to be repeated."""
    client = Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_LANGUAGE=language)
    client.cookies["sessionid"] = open_session(known.readers[page.who])

    def ask() -> HttpResponseBase:
        answer = client.get(page.address()) if page.fields is None else client.post(page.address(), page.fields)
        assert answer.status_code in (200, 302), f"{page.key}: {answer.status_code}"
        return answer

    return ask
