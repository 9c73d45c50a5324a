"""Commands about people: feedback, audit, users and their keys."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from assistant.commands.console import bare_json
from assistant.errors import PeopleError
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.users.accounts import People
    from assistant.users.audit import Audit


def feedback_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.messages import printable
    from assistant.users.feedback import Feedback

    found = Feedback(settings.kept, settings.index).entries()
    for entry in found:
        if given.json:
            print(json.dumps(entry, ensure_ascii=bare_json()))
        else:
            mark = "godt" if entry["verdict"] == "up" else "ikke godt"
            asked = " ".join(printable(str(entry["answer"].get("meant", ""))).split())
            print(f"{entry['id']:8} {entry['time'][:10]}  {mark:10} {asked}")
    if not found and not given.json:
        print("Ingen har sagt noget om svarene endnu.")
    return 0


def audit_command(given: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from assistant.users.audit import Audit

    found = Audit(settings.kept).events(given.last)
    for event in found:
        if given.json:
            print(json.dumps(asdict(event), ensure_ascii=bare_json()))
        else:
            print(f"{event.time}  {event.who:24} {event.what:28} {event.about}")
    if not found and not given.json:
        print("Ingen har ændret eller hentet noget endnu.")
    return 0


def users_command(given: argparse.Namespace, settings: Settings) -> int:
    from assistant.users.accounts import People
    from assistant.users.audit import Audit

    people, audit = People(settings.kept), Audit(settings.kept)
    if given.what not in ("list", "keys") and not given.name:
        raise PeopleError(f"Skriv et navn: assistant users {given.what} NAVN")
    if given.what == "list":
        _list_users(people)
    elif given.what == "keys":
        _list_keys(given, people)
    elif given.what == "add":
        _add_user(given, people, audit)
    elif given.what == "remove":
        _remove_user(given, settings, people, audit)
    elif given.what == "revoke":
        _revoke_key(given, people, audit)
    else:
        _make_key(given, people, audit)
    return 0


def _list_users(people: People) -> None:
    from assistant.users.accounts import CALLED

    for name, role in people.listed():
        print(f"{name:24} {CALLED[role]}")


def _list_keys(given: argparse.Namespace, people: People) -> None:
    from assistant.messages import printable

    for key in people.keys(given.name or ""):
        days = f"{key.created[:10] or '?':10} til {key.expires[:10]}"
        print(f"{key.id}  {key.name:24} {days}  {' '.join(key.leaves):18} {printable(key.label)}")


def _add_user(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.users.accounts import CALLED
    from assistant.users.audit import HERE, Act

    password = None if given.proxy else _password()
    people.checked(given.name, given.role, password)
    audit.note(HERE, Act.USER, f"{given.name} {given.role or ''}")
    people.add(given.name, given.role, password)
    print(f"{given.name} er {CALLED[people.role(given.name) or 'reader']}.")


def _remove_user(given: argparse.Namespace, settings: Settings, people: People, audit: Audit) -> None:
    from assistant.users.audit import HERE, Act
    from assistant.users.conversations import Threads
    from assistant.users.judgements import Judgements

    if people.role(given.name) is None:
        raise PeopleError(f"Der er ingen bruger {given.name!r}. Se dem: assistant users list")
    audit.note(HERE, Act.USER_GONE, given.name)
    # A later user of the same name must not see the conversations or appear as the author of the judgements. So the
    # user goes last: where a store fails, the command can be run again.
    count = Threads(settings.kept).delete_all(given.name)
    Judgements(settings.kept).forget(given.name)
    people.remove(given.name)
    print(f"{given.name} er fjernet, og {count} samtaler er slettet.")


def _revoke_key(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.users.audit import HERE, Act

    if given.name not in {key.id for key in people.keys("")}:
        raise PeopleError(f"Der er ingen nøgle {given.name!r}. Se dem: assistant users keys")
    audit.note(HERE, Act.KEY_GONE, given.name)
    people.revoke(given.name)
    print(f"Nøglen {given.name} gælder ikke længere.")


def _make_key(given: argparse.Namespace, people: People, audit: Audit) -> None:
    from assistant.messages import printable
    from assistant.users.audit import HERE, Act

    if not 1 <= given.days <= 3650:
        raise PeopleError("En nøgle gælder fra 1 til 3650 dage. Ret --days.")
    if people.role(given.name) is None:
        raise PeopleError(f"Der er ingen bruger {given.name!r}. Opret den: assistant users add {given.name}")
    leaves = tuple(dict.fromkeys(given.may or ["read"]))
    audit.note(HERE, Act.KEY, f"{given.name} {' '.join(leaves)} {given.label}")
    print(people.key(given.name, printable(given.label)[:100], leaves, given.days))
    print("Nøglen vises kun denne gang. Send den i feltet Authorization: Bearer …", file=sys.stderr)


def _password() -> str:
    """A password typed without echo; a line of stdin where there is no terminal."""
    import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Adgangskode: ")
    if first != getpass.getpass("Igen: "):
        raise PeopleError("De to adgangskoder er ikke ens. Prøv igen.")
    return first
