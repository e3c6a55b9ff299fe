"""A signed-in person's browser, as far as the bench needs one: cookies, gzip, and a connection for each request, as
gunicorn's sync workers have it."""

import gzip
import http.client
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

#: Seconds until an answer is given up.
TIMEOUT = 300


class Refused(RuntimeError):
    """A page did not answer as it should; the message says which and how."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it took from the connection to the last byte."""

    status: int
    seconds: float
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def html(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("Content-Encoding") == "gzip" else self.body


class Visitor:
    """Asks one server for pages, as one person."""

    def __init__(self, port: int, session: str) -> None:
        self._port = port
        # Any 32 letters and digits are a token, if cookie and form have the same.
        self._cookies = {"sessionid": session, "csrftoken": secrets.token_hex(16)}

    def get(self, path: str, *, language: str = "en") -> Answer:
        """A page.

        Raises:
            Refused: it is no page (a redirect, an error).
        """
        answer = self.ask("GET", path, more={"Accept-Language": language})
        if answer.status != 200:
            raise Refused(f"GET {path}: {answer.status} {answer.headers.get('Location', '')}".rstrip())
        return answer

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form that is done when it answers with a redirect.

        Raises:
            Refused: it was not taken.
        """
        answer = self.send(path, fields)
        if answer.status != 302:
            raise Refused(f"POST {path}: {answer.status}")
        return answer

    def send(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form, whatever it answers."""
        body = urlencode({**fields, "csrfmiddlewaretoken": self._cookies["csrftoken"]})
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def ask(self, method: str, path: str, body: str | None = None, more: Mapping[str, str] | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Accept-Encoding": "gzip", "Accept-Language": "en", **(more or {})}
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
            for cookie in response.headers.get_all("Set-Cookie", []):
                name, _equals, rest = cookie.partition("=")
                self._cookies[name] = rest.partition(";")[0]
        finally:
            connection.close()
        return Answer(response.status, time.perf_counter() - begun, response.headers, content)
