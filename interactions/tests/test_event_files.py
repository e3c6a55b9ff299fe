"""The files of an event: shown on its page, sent there, taken away; the rules are those of a sale's files."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import Attachment
from clients.tests.factories import held_client, upload
from clients.tests.pages import browser
from interactions import file_links
from interactions.models import FileLink
from interactions.tests.factories import event

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(company):
    return event(company.client, subject="Talk")


def sent_to(of):
    return reverse("event-files", args=[of.pk])


def test_a_file_is_sent_to_an_event_and_is_the_clients(company, talk):
    anna = browser(company.anna)
    offer = SimpleUploadedFile("offer.txt", b"Ten pumps")
    assert anna.post(sent_to(talk), {"files": offer}).status_code == 302
    link = FileLink.objects.get()
    assert (link.event, link.process, link.attachment.client) == (talk, None, company.client)
    assert "offer.txt" in anna.get(talk.get_absolute_url()).content.decode()


def test_one_of_the_clients_files_is_attached_and_taken_away(company, talk):
    anna, file = browser(company.anna), upload(company.client)
    assert anna.post(sent_to(talk), {"attachment": file.pk}).status_code == 302
    link = FileLink.objects.get(event=talk)
    assert anna.post(reverse("event-file-remove", args=[talk.pk, link.pk])).status_code == 302
    assert not FileLink.objects.exists()
    assert Attachment.objects.present().filter(pk=file.pk).exists()


def test_a_file_of_another_client_is_refused(company, talk):
    foreign = upload(held_client(company.anna))
    assert browser(company.anna).post(sent_to(talk), {"attachment": foreign.pk}).status_code == 404


@pytest.mark.parametrize("who", ["petr", "other_head"])
def test_strangers_do_not_know_of_it(company, talk, who):
    link = file_links.link(subject=talk, attachment=upload(company.client))
    stranger = browser(getattr(company, who))
    assert stranger.get(sent_to(talk)).status_code == 404
    assert stranger.post(sent_to(talk), {}).status_code == 404
    assert stranger.post(reverse("event-file-remove", args=[talk.pk, link.pk])).status_code == 404
    assert FileLink.objects.exists()


def test_a_link_of_another_event_is_not_taken_away(company, talk):
    link = file_links.link(subject=event(company.client), attachment=upload(company.client))
    assert browser(company.anna).post(reverse("event-file-remove", args=[talk.pk, link.pk])).status_code == 404
    assert FileLink.objects.exists()
