"""The numbers of a report's page that lead somewhere, as a reader finds them."""

import re
from html import unescape
from urllib.parse import urljoin

_LINK = re.compile(r'<a(?: class="[^"]*")? href="([^"]+)"(?: data-value="([^"]+)")?>([^<]+)</a>')


def clicked(page: str, address: str) -> list[tuple[str, str]]:
    """Where each number of the page at ``address`` leads, and what it says."""
    found = []
    for href, exactly, text in _LINK.findall(page):
        value = exactly or re.sub(r"[\s,]", "", unescape(text))
        if exactly or ("rows/?" in href and value.isdigit()):
            found.append((urljoin(address, unescape(href)), value))
    return found
