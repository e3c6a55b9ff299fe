"""Templates are read without their indentation; nothing in them may depend on it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Origin
from django.template.engine import Engine

from crm.web.loaders import Loader

TEMPLATES = Path(settings.BASE_DIR, "templates")


def read(path: Path) -> str:
    return Loader(Engine(), dirs=[str(path.parent)]).get_contents(Origin(str(path)))


@pytest.mark.parametrize(
    ("name", "read_as"), [("a.html", "<ul>\n<li>a  b</li>\n\n</ul>\n"), ("a.txt", "<ul>\n  <li>a  b</li>\n  \n</ul>\n")]
)
def test_indentation_of_pages_is_left_out(tmp_path: Path, name: str, read_as: str) -> None:
    (tmp_path / name).write_text("<ul>\n  <li>a  b</li>\n  \n</ul>\n")

    assert read(tmp_path / name) == read_as


def test_no_template_needs_its_indentation() -> None:
    """Of a text over several lines another than the catalogue's would be looked for; ``<pre>`` shows its spaces."""
    for path in TEMPLATES.rglob("*.html"):
        source = path.read_text()
        assert not re.search(r"<pre\b", source), path
        for tag, text in re.findall(r"{% blocktrans(?:late)?\b([^%]*)%}(.*?){% endblocktrans", source, re.S):
            assert "trimmed" in tag or "\n" not in text, (path, text)
