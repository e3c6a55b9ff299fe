"""Templates without their indentation: what only helps their authors is not sent to every reader of a page."""

import re

from django.template import Origin
from django.template.loaders import filesystem

_INDENTATION = re.compile(r"\n[ \t]+")


class Loader(filesystem.Loader):
    """Reads the project's templates; lines of HTML begin at their start. Line numbers stay what they are.

    Texts to be translated are on one line or ``trimmed``, and there is no ``<pre>`` (``crm.web.tests.test_loaders``).
    """

    def get_contents(self, origin: Origin) -> str:
        """The template's source."""
        source = super().get_contents(origin)
        return _INDENTATION.sub("\n", source) if str(origin.name).endswith(".html") else source
