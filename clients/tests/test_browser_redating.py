"""The page of a re-dating job in a real browser: it follows the job by itself, and rests when the job is done."""

import pytest

from clients.models import Redating
from clients.tests.factories import ManagerFactory
from crm import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_follows_the_job(page, live_server):
    ManagerFactory(username="director", role="director")
    job = Redating.objects.create(reason="policy", status="running", total=1000, done=100, heard_at=clock.now())
    page.goto(live_server.url + "/login/")
    page.fill("[name=username]", "director")
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(live_server.url + job.get_absolute_url())
    page.wait_for_selector("text=100 of 1,000 clients")
    Redating.objects.filter(pk=job.pk).update(done=500, heard_at=clock.now())
    page.wait_for_selector("text=500 of 1,000 clients")
    Redating.objects.filter(pk=job.pk).update(done=1000, status="done", finished_at=clock.now())
    page.wait_for_selector("#redating h2:has-text('Done')")
    assert page.locator("#redating[hx-get]").count() == 0
