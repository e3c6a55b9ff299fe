"""Pages are as large as was reviewed, in either language, and none is larger than the bar.

The pages are those of ``bench/pages.py`` with full lists, on a base of ``manage.py load_base``. What each weighs, in
bytes before it is packed, stands in ``html_sizes.json``; to write the file anew:

    UPDATE_HTML_SIZES=1 pytest bench/tests/test_html_sizes.py
"""

import json
import os
from pathlib import Path

import pytest
from django.core.cache import cache

from bench.bars import HTML_BYTES
from bench.inside import asking_inside
from bench.known import look_around
from bench.pages import all_pages

LANGUAGES = ("en", "ru")
#: A page may be so many times as large as was reviewed.
SLACK = 1.03
REVIEWED = Path(__file__).with_name("html_sizes.json")
UPDATE = bool(os.environ.get("UPDATE_HTML_SIZES"))
ADVICE = (
    "If the new sizes are what you want: UPDATE_HTML_SIZES=1 pytest bench/tests/test_html_sizes.py, "
    "and let the reviewer see the diff of html_sizes.json."
)

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def sizes():
    """Page → language → bytes."""
    cache.clear()
    known = look_around()
    return {
        page.key: {language: len(asking_inside(page, known, language=language)().content) for language in LANGUAGES}
        for page in all_pages(known)
        if page.fields is None
    }


def larger(now, reviewed):
    """In words, what is larger than was reviewed, or than a page may be and was not before."""
    return {
        f"{page} ({language})": f"{reviewed[page][language]:,} → {size:,} bytes"
        for page, found in now.items()
        for language, size in found.items()
        if size > reviewed[page][language] * SLACK or size > max(HTML_BYTES, reviewed[page][language])
    }


def test_pages_are_no_larger_than_was_reviewed(loaded):
    now = sizes()
    if UPDATE:
        REVIEWED.write_text(json.dumps(now, indent=2, sort_keys=True) + "\n")
        return
    reviewed = json.loads(REVIEWED.read_text())
    assert reviewed.keys() == now.keys(), ADVICE
    grown = larger(now, reviewed)
    assert not grown, f"{grown}\n{ADVICE}"


def test_a_page_that_grows_by_a_tenth_is_seen_and_one_beyond_the_bar_at_once():
    reviewed = {"list": {"en": 50_000}, "card": {"en": 102_000}, "day": {"en": 110_000}}
    assert larger({"list": {"en": 55_000}}, reviewed) == {"list (en)": "50,000 → 55,000 bytes"}
    assert not larger({"list": {"en": 51_000}}, reviewed)
    assert larger({"card": {"en": 102_401}}, reviewed)
    assert larger({"day": {"en": 110_001}}, reviewed)
    assert not larger({"day": {"en": 109_999}}, reviewed)
