"""A new installation is prepared step by step: what is there is counted, what is left is found
again, nothing is kept beside.
"""

from datetime import timedelta
from html import unescape

from sqlalchemy import update
from sqlmodel import select
from support.pages import html_of
from support.transactions import read_with, refusal
from support.troupe import FROZEN

from dashboard.actions.notices.addresses import make_slip
from dashboard.actions.operations.upgrading import send_test_mail
from dashboard.queries.operations.setup import setup_facts
from dashboard.queries.people.readers import account_by_login
from models.database import writing
from models.notices import Notice
from models.people import Invitation, Mandate
from models.settings import settings

STEPS = (
    "L'organigramme",
    "Le personnel",
    "Les comptes",
    "Les mandats",
    "Le programme",
    "Les cibles",
    "Le courriel",
    "L'intranet",
    "La sauvegarde",
)


def words(tab) -> str:
    return unescape(" ".join(html_of(tab))).replace("’", "'").replace("\xa0", " ")


def test_what_is_there_is_counted(demo_copy, cast):
    facts = read_with(demo_copy, setup_facts, cast.farid, FROZEN)
    assert facts.units > 24 and facts.persons >= 300 and facts.milestones == 45
    assert facts.mandates > 0 and facts.targets > 0 and not facts.may_embed


def test_farid_reads_nine_steps_and_leaves_one_for_later(open_page, demonstration, cast):
    tab = open_page("farid", "mise-en-route")
    assert not tab.exception and all(step in words(tab) for step in STEPS)
    assert "Plus tard" not in words(tab)
    asked = open_page("farid", "mise-en-route", "genre=personnel").radio[0]
    assert asked.value == "personnel", "a file is tried on the page"
    later = next(b for b in tab.button if "later_integration" in b.key)
    later.click().run()
    assert not tab.exception and words(tab).count("Plus tard") == 1
    again = open_page("farid", "mise-en-route")
    assert "Plus tard" in words(again), "it is found again"
    back = next(b for b in again.button if "later_integration" in b.key)
    assert back.label == "Y revenir maintenant"
    back.click().run()
    assert "Plus tard" not in words(again)


def test_farid_finds_the_invitations_that_lapsed_and_renews_them(open_page, demonstration, cast):
    with writing(demonstration) as session:
        bruno = account_by_login(session, "bruno")
        hash_before, bruno.password_hash = bruno.password_hash, ""
        make_slip(session, cast.farid, bruno.id)
        session.execute(update(Invitation).values(until=FROZEN - timedelta(days=1)))
    tab = open_page("farid", "mise-en-route")
    assert "1 invitation a expiré sans servir" in words(tab)
    next(b for b in tab.button if "renew" in b.key).click().run()
    assert not tab.exception
    done = tab.success[0].value.replace("\\", "").replace("\xa0", " ")
    assert "À imprimer dans « Comptes »" in done and "1 feuillet" in done
    with writing(demonstration) as session:
        account_by_login(session, "bruno").password_hash = hash_before
    assert "a expiré" not in words(open_page("farid", "mise-en-route"))


def test_the_test_mail_takes_the_way_of_all_mails(demo_copy, cast, monkeypatch):
    refusal(demo_copy, send_test_mail, cast.farid, match="serveur de courriel")
    monkeypatch.setenv("CP_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CP_MAIL_FROM", "c-possible@exemple.be")
    monkeypatch.setenv("CP_SMTP_TLS", "none")
    settings.cache_clear()
    try:
        with writing(demo_copy) as session:
            address = send_test_mail(session, cast.farid)
            send_test_mail(session, cast.farid)
            hers = select(Notice.on, Notice.address).where(Notice.title == "Courriel d'essai")
            assert session.exec(hers).all() == [(FROZEN, address)] * 2
        assert address == "farid@exemple.invalid"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_mandate_that_ends_today_is_over(demo_copy, cast):
    with writing(demo_copy) as session:
        before = setup_facts(session, cast.farid, FROZEN).mandates
        hers = select(Mandate).where(Mandate.person_id == cast.carine.person_id)
        session.exec(hers).one().until = FROZEN
        session.flush()
        assert setup_facts(session, cast.farid, FROZEN).mandates == before - 1
