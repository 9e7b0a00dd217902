"""The life of a catalog, command by command, against a real server in both dialects."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import requests
from support.api import Api
from support.programme import Programme, badge_class
from support.tiers import one_dialect

from badgeops.sandbox import Sandbox


def test_an_apply_creates_everything_and_the_next_plan_is_empty(programme: Programme, server: Sandbox) -> None:
    """What is declared comes to be, once, and nothing is left to do."""
    applied = programme.apply()

    assert applied.status == 0, applied.out + applied.err
    assert "Done: 3 created." in applied.out
    assert sorted(item["name"] for item in Api(server.url).badge_classes()) == ["One", "Two"]
    programme.assert_settled()


def test_one_commit_has_one_plan_whatever_git_did_to_the_lines_of_an_svg(programme: Programme) -> None:
    """With core.autocrlf the lines of an SVG end in CR LF on some computers; what one applied is settled for all."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"\n viewBox="0 0 9 9">\n<circle r="{}"/>\n</svg>\n'
    programme.write("one.yaml", badge_class("one", image="images/one.svg"))
    image = programme.write("images/one.svg", "")
    for radius, first, then in ((2, "\n", "\r\n"), (3, "\r\n", "\n")):
        image.write_bytes(drawing.format(radius).replace("\n", first).encode())
        applied = programme.apply()
        assert applied.status == 0, applied.out + applied.err

        image.write_bytes(drawing.format(radius).replace("\n", then).encode())

        programme.assert_settled()


def test_a_plan_sends_nothing_but_get_and_the_token_request(programme: Programme, server: Sandbox) -> None:
    """A plan changes nothing, whatever there is to do."""
    programme.apply()
    programme.write("three.yaml", badge_class("three"))
    programme.write("one.yaml", badge_class("one", description="Changed."))
    server.clear_requests()

    programme.run("plan")

    methods = [(record.method, record.path) for record in server.requests]
    assert [entry for entry in methods if entry[0] != "GET"] == [("POST", "/o/token")]


def test_a_plan_writes_no_file(programme: Programme) -> None:
    """A plan leaves the catalog folder as it found it."""
    before = sorted(programme.root.rglob("*"))

    programme.run("plan")

    assert sorted(programme.root.rglob("*")) == before


def test_each_field_can_be_changed_and_cleared(programme: Programme, server: Sandbox) -> None:
    """Every field that a server can store is set, changed and emptied, and each time the next plan is empty."""
    full = {
        "criteriaUrl": "https://academy.example/one",
        "tags": "[a, b]",
        "alignments": "[{targetName: T, targetUrl: 'https://t.example/1'}]",
        "expires": "{amount: 3, duration: months}",
    }
    for fields in (full, {**full, "tags": "[b, c]", "expires": "{amount: 4, duration: weeks}"}, {}):
        programme.write("one.yaml", badge_class("one", **fields))
        applied = programme.apply()
        assert applied.status == 0, applied.out + applied.err
        programme.assert_settled()

    live = Api(server.url).named("One")
    assert live["criteriaUrl"] is None
    assert (live["tags"], live["alignments"]) == ([], [])
    assert not live["expires"] or live["expires"]["amount"] is None


def test_an_edit_on_the_server_is_shown_as_drift_and_put_back(programme: Programme, server: Sandbox) -> None:
    """Who edits in the web interface is told apart from a change in the catalog, and loses to it."""
    programme.apply()
    api = Api(server.url)
    api.edit("One", description="Edited by hand.")

    plan = programme.run("plan")
    assert "its description was edited on the server; apply puts it back" in " ".join(plan.out.split())

    assert programme.apply().status == 0
    assert api.named("One")["description"] == "Has completed one."
    programme.assert_settled()


def test_edits_on_both_sides_are_a_conflict_with_all_three_values(programme: Programme, server: Sandbox) -> None:
    """A reviewer sees what was, what is and what will be."""
    programme.apply()
    Api(server.url).edit("One", description="Edited by hand.")
    programme.write("one.yaml", badge_class("one", description="Edited in the catalog."))

    plan = programme.run("plan")

    assert "its description was edited on the server and in the catalog" in " ".join(plan.out.split())
    for text in ("Has completed one.", "Edited by hand.", "Edited in the catalog."):
        assert text in plan.out


def test_the_same_edit_on_both_sides_is_no_change(programme: Programme, server: Sandbox) -> None:
    """What the server holds already is written down, not sent."""
    programme.apply()
    Api(server.url).edit("One", description="Better.")
    programme.write("one.yaml", badge_class("one", description="Better.", tags="[first, second]"))
    server.clear_requests()

    programme.assert_settled()
    assert programme.apply().status == 0

    assert not [record for record in server.requests if record.method == "PUT"]
    programme.assert_settled()


@pytest.mark.parametrize("color", ["teal", "navy"])
def test_an_image_is_uploaded_only_when_its_file_changed(programme: Programme, server: Sandbox, color: str) -> None:
    """Images are heavy, and a new one touches every award: no upload without need."""

    def served() -> str:
        address = Api(server.url).named("One")["image"]
        return requests.get(address, timeout=30).url

    programme.apply()
    before = served()
    programme.image(color=color)

    applied = programme.apply()

    assert applied.status == 0
    changed = served() != before
    assert changed == (color != "navy")
    programme.assert_settled()


def test_removing_a_document_forgets_by_default(programme: Programme, server: Sandbox) -> None:
    """A document that is deleted by mistake deletes nothing on the server."""
    programme.apply()
    programme.remove("two.yaml")

    applied = programme.apply()

    assert "1 forgotten" in applied.out
    assert Api(server.url).named("Two")
    assert "1 entity on the server not managed here" in programme.run("plan").out


def test_a_removal_does_what_the_state_recorded(programme: Programme, server: Sandbox, dialect: str) -> None:
    """`onRemove` is remembered: when the document is gone, nobody else could tell it."""
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    action = "archive" if dialect == "hosted" else "forget"
    programme.write("two.yaml", badge_class("two", lifecycle=f"{{onRemove: {action}}}"))
    programme.settings(server.url, dialect=dialect, more="limits: {delete: 2}\n")
    programme.apply()
    programme.remove("one.yaml")
    programme.remove("two.yaml")

    assert programme.apply().status == 0

    left = {item["name"]: item.get("archived", False) for item in Api(server.url).badge_classes()}
    assert left == {"Two": dialect == "hosted"}
    programme.assert_settled()


def test_protection_outlives_the_document(programme: Programme, server: Sandbox) -> None:
    """Deleting the file does not lift the protection that was in it; a flag that names the entity does."""
    programme.write("one.yaml", badge_class("one", lifecycle="{protect: true, onRemove: delete}"))
    programme.apply()
    programme.remove("one.yaml")

    refused = programme.apply()
    assert refused.status == 1
    assert "--allow protected=badge_class.one" in refused.err
    assert Api(server.url).named("One")

    assert programme.apply("--allow", "protected=badge_class.one").status == 0
    assert [item["name"] for item in Api(server.url).badge_classes() if not item.get("archived")] == ["Two"]


def test_a_badge_class_that_people_hold_is_not_deleted(programme: Programme, server: Sandbox) -> None:
    """The plan counts the earners and stops before the server would refuse."""
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    programme.apply()
    Api(server.url).award("One", people=3)
    programme.remove("one.yaml")

    plan = programme.run("plan")

    assert plan.status == 1
    assert "3 people have earned it" in plan.out
    assert programme.apply().status == 1
    assert Api(server.url).named("One")


def test_a_deletion_names_the_awards_that_have_expired(programme: Programme, server: Sandbox) -> None:
    """The server deletes them along, though its lists do not show them and nobody holds them any more."""
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    programme.apply()
    Api(server.url).award("One", people=3, expires="2020-01-02T03:04:05Z")
    programme.remove("one.yaml")

    plan = programme.run("plan")

    assert plan.status == 0, plan.out + plan.err
    said = " ".join(plan.out.split())
    assert "will be deleted for good, with 3 awards that are expired; nobody holds it now" in said
    assert "earned by nobody who holds it now (3 awards that are expired)" in said
    assert "deleting it deletes 3 awards that are expired too" in plan.out + plan.err


@pytest.mark.parametrize("status", [403, 404])
def test_a_badge_class_that_people_may_hold_is_not_deleted(programme: Programme, server: Sandbox, status: int) -> None:
    """Whoever may not list the awards, or cannot, does not know that there are none."""
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    programme.apply()
    programme.remove("one.yaml")
    server.set_faults([f"status={status},method=GET,path=*/assertions"])

    plan = programme.run("plan")

    assert plan.status == 1
    assert "whether anybody has earned it could not be found out" in plan.out + plan.err
    assert f"HTTP {status}" in plan.out + plan.err
    assert programme.apply().status == 1
    assert Api(server.url).named("One")


def test_the_plan_says_how_many_people_hold_what_it_changes(programme: Programme, server: Sandbox) -> None:
    """A change of criteria is not cosmetic for those who have earned the badge."""
    programme.apply()
    Api(server.url).award("One", people=2)
    programme.write("one.yaml", badge_class("one", criteriaNarrative="Something else."))

    assert "2 people have earned it, and its criteria change" in programme.run("plan").out


def test_what_people_hold_changes_its_meaning_only_if_that_is_allowed(programme: Programme, server: Sandbox) -> None:
    """`block` keeps plan and apply from it; the words that the message names let both do it."""
    programme.apply()
    Api(server.url).award("One", people=2)
    changed = {"criteriaNarrative": "Something else.", "lifecycle": "{onMeaningChange: block}"}
    programme.write("one.yaml", badge_class("one", **changed))
    flag = "--allow meaning=badge_class.one"

    plan = programme.run("plan")
    assert (plan.status, flag in plan.err) == (1, True)
    assert programme.apply().status == 1
    assert Api(server.url).named("One")["criteriaNarrative"] == "Complete all of one."

    assert f" {flag}" in programme.run("plan", *flag.split()).out.splitlines()[-1]
    assert programme.apply(*flag.split()).status == 0
    assert Api(server.url).named("One")["criteriaNarrative"] == "Something else."
    programme.assert_settled()


def test_a_vanished_entity_is_made_again_and_said_so(programme: Programme, server: Sandbox) -> None:
    """Somebody deleted it on the server: the plan says so first, the apply makes it again, once."""
    programme.apply()
    Api(server.url).delete("One")

    plan = programme.run("plan")
    assert "is gone from the server" in plan.out

    assert programme.apply().status == 0
    programme.assert_settled()
    assert sorted(item["name"] for item in Api(server.url).badge_classes()) == ["One", "Two"]


def test_an_emptied_server_is_taken_for_the_wrong_account(programme: Programme, server: Sandbox) -> None:
    """When nothing that is recorded can be seen, making everything again would double it elsewhere."""
    programme.apply()
    api = Api(server.url)
    api.delete("One")
    api.delete("Two")
    api.call("DELETE", f"/v2/issuers/{api.named('Academy')['entityId']}")

    refused = programme.apply()

    assert refused.status == 1
    assert "another account" in " ".join(refused.err.split())
    assert api.issuers() == []
    assert programme.run("state rm", "--all", "--auto-approve").status == 0
    assert programme.apply().status == 0
    programme.assert_settled()


def test_a_name_that_is_taken_stops_the_plan_and_import_mends_it(programme: Programme, server: Sandbox) -> None:
    """No second badge class of one name is made beside a stranger; adopting it is one command."""
    programme.apply()
    programme.run("state rm", "badge_class.one")

    refused = programme.apply()
    assert refused.status == 1
    entity_id = Api(server.url).named("One")["entityId"]
    assert f"badgeops import badge_class.one {entity_id}" in refused.err

    imported = programme.run("import", "badge_class.one", entity_id)
    assert imported.status == 0, imported.err
    assert "The server matches the catalog" in imported.out
    programme.assert_settled()


def test_import_shows_how_the_entity_differs(programme: Programme, server: Sandbox) -> None:
    """Who adopts an entity learns at once what the next apply would change."""
    programme.apply()
    programme.run("state rm", "badge_class.one")
    api = Api(server.url)
    api.edit("One", description="Older text.")

    imported = programme.run("import", "badge_class.one", api.named("One")["entityId"])

    assert "Older text." in imported.out
    assert programme.apply().status == 0
    assert api.named("One")["description"] == "Has completed one."
    programme.assert_settled()


def test_import_says_how_to_keep_the_image_of_the_server(programme: Programme, server: Sandbox) -> None:
    """Whoever has named any image for now gets the server's with the command that is shown, and uploads none."""
    programme.apply()
    programme.run("state rm", "badge_class.one")
    programme.image("images/other.png", "red")
    programme.write("one.yaml", badge_class("one", image="images/other.png"))

    imported = programme.run("import", "badge_class.one", Api(server.url).named("One")["entityId"])
    download, again = (line.strip() for line in imported.out.splitlines() if re.match("  (curl|badgeops import)", line))
    _, _, _, path, url = shlex.split(download)
    Path(path).write_bytes(requests.get(url, timeout=10).content)
    programme.write("one.yaml", badge_class("one", image=f"images/{Path(path).name}"))

    assert Path(path) == programme.root / "images" / "other-from-server.png"
    assert "The server matches the catalog" in programme.copy(again).out
    programme.assert_settled()


def test_a_second_of_the_same_name_can_be_allowed(programme: Programme, server: Sandbox) -> None:
    """The flag is the other way out."""
    programme.apply()
    programme.run("state rm", "badge_class.one")

    assert programme.apply("--allow=duplicate-name").status == 0

    assert [item["name"] for item in Api(server.url).badge_classes()].count("One") == 2
    programme.assert_settled()


def test_a_renamed_key_is_told_to_the_state(programme: Programme, server: Sandbox) -> None:
    """A renamed key is not a new badge class; the message has the command that says so."""
    programme.apply()
    programme.remove("one.yaml")
    programme.write(
        "uno.yaml", badge_class("uno", name="One", description="Has completed one.", tags="[first, second]")
    )

    refused = programme.apply()
    assert "badgeops state mv badge_class.one badge_class.uno" in refused.err

    assert programme.run("state mv", "badge_class.one", "badge_class.uno").status == 0
    assert programme.apply().status == 0
    assert len(Api(server.url).badge_classes()) == 2
    programme.assert_settled()


def test_the_brakes_name_the_flag_that_lifts_them(programme: Programme, server: Sandbox, dialect: str) -> None:
    """Too many deletions at once are a mistake until the number is confirmed, to `plan` as well as to `apply`."""
    for key in ("one", "two"):
        programme.write(f"{key}.yaml", badge_class(key, lifecycle="{onRemove: delete}"))
    programme.settings(server.url, dialect=dialect, more="limits: {delete: 1}\n")
    programme.apply()
    programme.remove("one.yaml")
    programme.remove("two.yaml")

    refused = programme.apply()
    assert refused.status == 1
    assert "\n  --allow deletes=2\n" in refused.err
    assert len(Api(server.url).badge_classes()) == 2
    assert "Apply will stop here" in programme.run("plan").err
    planned = programme.run("plan", "--allow", "deletes=2")
    assert "Apply will stop here" not in planned.err
    assert planned.out.endswith(f"  badgeops apply {programme.root} --allow deletes=2\n")

    assert programme.apply("--allow", "deletes=2").status == 0
    assert [item for item in Api(server.url).badge_classes() if not item.get("archived")] == []


def test_destroy_removes_what_the_state_owns_and_nothing_else(programme: Programme, server: Sandbox) -> None:
    """A foreign issuer and its badge class survive."""
    programme.apply()
    api = Api(server.url)
    body = {"name": "Foreign", "url": "https://f.example", "email": "admin@example.org", "description": "F"}
    api.call("POST", "/v2/issuers", body)

    destroyed = programme.run("destroy", "--auto-approve")

    assert destroyed.status == 0, destroyed.out + destroyed.err
    assert [item["name"] for item in api.issuers()] == ["Foreign"]
    assert api.badge_classes() == []


def test_without_a_person_apply_wants_to_be_told(programme: Programme, server: Sandbox) -> None:
    """In CI nobody can answer: no prompt, no change, and the flag to use."""
    refused = programme.run("apply")

    assert refused.status == 1
    assert "--auto-approve" in refused.err
    assert Api(server.url).issuers() == []


def test_the_json_plan_is_the_same_bytes_each_time(programme: Programme) -> None:
    """Programs compare plans: no time, no order of threads in them."""
    programme.apply()
    programme.write("one.yaml", badge_class("one", description="Changed."))

    first, second = programme.run("plan", "--format", "json"), programme.run("plan", "--format", "json")

    assert first.out == second.out
    plan = json.loads(first.out)
    assert plan["summary"]["update"] == 1
    assert plan["changes"][0]["address"] == "badge_class.one"


def test_detailed_exitcode_tells_changes_from_none(programme: Programme) -> None:
    """0 nothing to do, 2 changes, and plain 0 for both without the flag."""
    assert programme.run("plan", "--detailed-exitcode").status == 2
    assert programme.run("plan").status == 0
    programme.apply()
    assert programme.run("plan", "--detailed-exitcode").status == 0


def test_a_refused_field_points_at_its_line(programme: Programme, server: Sandbox) -> None:
    """The server's own message comes with the line of the catalog that it is about."""
    programme.apply()
    server.set_faults([])
    programme.write(
        "issuer.yaml",
        (programme.root / "issuer.yaml").read_text()
        + "---\n"
        + (
            "kind: Issuer\nkey: other\nname: Other\ndescription: O\nurl: https://o.example\nemail: nobody@example.org\n"
        ),
    )

    applied = programme.apply()

    assert applied.status == 1
    assert (
        "issuer.other: the server refused it" in applied.out.lower()
        or "The server refused it (HTTP 400)" in applied.out
    )
    assert "verified" in applied.out
    assert "issuer.yaml" in applied.out


def test_a_change_of_lifecycle_is_shown_and_recorded_and_nothing_is_sent(programme: Programme, server: Sandbox) -> None:
    """A reviewer must see that a removal will delete from now on; the server has no part in it."""
    programme.apply()
    programme.write("one.yaml", badge_class("one", tags="[first, second]", lifecycle="{onRemove: delete}"))
    server.clear_requests()

    plan = programme.run("plan", "--detailed-exitcode")
    applied = programme.apply()

    assert plan.status == 2
    assert "will be deleted once its document is removed" in plan.out
    assert "onRemove" in plan.out
    assert "1 updated" in applied.out
    assert not [record for record in server.requests if record.method in ("PUT", "POST") and "/v2/" in record.path]
    programme.assert_settled()


def test_the_suggested_command_has_the_flags_that_it_needs(programme: Programme) -> None:
    """What the plan was made with, the apply needs too."""
    programme.write("one.yaml", badge_class("one", lifecycle="{protect: true, onRemove: delete}"))
    programme.apply()
    programme.remove("one.yaml")

    plan = programme.run("plan", "--allow", "protected=badge_class.one")

    assert f"badgeops apply {programme.root} --allow protected=badge_class.one" in plan.out


def test_an_archived_namesake_stops_the_plan(programme: Programme, server: Sandbox, dialect: str) -> None:
    """A document that is put back after archiving is the old badge class, until somebody says otherwise."""
    if dialect != "hosted":
        return
    programme.settings(server.url, dialect=dialect, more="limits: {delete: 2}\n")
    programme.write("one.yaml", badge_class("one", lifecycle="{onRemove: archive}"))
    programme.apply()
    text = (programme.root / "one.yaml").read_text()
    programme.remove("one.yaml")
    programme.apply()
    programme.write("one.yaml", text)

    refused = programme.apply()
    entity_id = Api(server.url).named("One")["entityId"]
    imported = programme.run("import", "badge_class.one", entity_id)

    assert refused.status == 1
    assert f"badgeops import badge_class.one {entity_id}" in refused.err
    assert imported.status == 0, imported.err
    assert programme.apply().status == 0
    programme.assert_settled()
    assert not Api(server.url).named("One")["archived"]


def test_after_losing_the_issuer_only_the_issuer_is_to_be_imported(programme: Programme) -> None:
    """Its badge classes need no new keys: following such advice would double them."""
    programme.apply()
    programme.run("state rm", "issuer.academy")

    plan = programme.run("plan")

    assert "badgeops import issuer.academy" in plan.err
    assert "cannot be moved" not in plan.err


@one_dialect
def test_one_line_that_hides_all_documents_forgets_nothing(programme: Programme, server: Sandbox) -> None:
    """A sparse checkout, a folder that was renamed and a pattern too wide look the same: nothing is lost by them."""
    programme.write("one.yaml", badge_class("one", lifecycle="{protect: true}"))
    programme.apply()
    before = programme.run("state list").out
    programme.write(".badgeopsignore", "*.yaml\n")

    refused = programme.apply()
    too_few = programme.run("apply", "--auto-approve", "--allow", "deletes=2")
    protected = programme.run("apply", "--auto-approve", "--allow", "deletes=3")

    assert [each.status for each in (refused, too_few, protected)] == [1, 1, 1]
    assert "the state records 3 entities" in refused.err
    assert ".badgeopsignore" in refused.err
    assert "--allow deletes=3" in too_few.err
    assert "it is protected and would be forgotten" in protected.err
    assert programme.run("state list").out == before
    done = programme.run("apply", "--auto-approve", "--allow", "deletes=3", "--allow", "protected=badge_class.one")
    assert done.status == 0, done.out + done.err
    assert "badge_class" not in programme.run("state list").out
    assert len(Api(server.url).badge_classes()) == 2


def test_an_account_that_has_lost_its_right_makes_nothing_twice(programme: Programme, server: Sandbox) -> None:
    """Public pages are not routed here, so nobody can tell; the message says what came, and what to do."""
    programme.apply()
    server.add_account("other@example.org", "other")
    other = {"BADGEOPS_USERNAME": "other@example.org", "BADGEOPS_PASSWORD": "other"}
    stranger = Programme(programme.root, programme.environment | other)
    server.set_faults(["html,status=404,path=/public/*"])
    server.clear_requests()

    refused = stranger.apply()

    assert refused.status == 1
    assert refused.err.count("error[maybe-gone]") == 3
    assert "a web page" in refused.err
    assert [record.path for record in server.requests if record.method != "GET"] == ["/o/token"]
    assert len(Api(server.url).badge_classes()) == 2


def test_several_that_are_gone_are_made_again_if_somebody_says_so(programme: Programme, server: Sandbox) -> None:
    """One alone is made again at once; several stop, and the message has the number to allow."""
    programme.apply()
    api = Api(server.url)
    for item in api.badge_classes():
        api.call("DELETE", f"/v2/badgeclasses/{item['entityId']}?hard_delete=true")

    stopped, allowed = programme.apply(), programme.apply("--allow", "recreates=2")

    assert stopped.status == 1
    assert "2 of 3 entities would be created again, because they are gone from the server" in " ".join(
        stopped.err.split()
    )
    assert "--allow recreates=2" in stopped.err
    assert allowed.status == 0, allowed.out + allowed.err
    assert sorted(item["name"] for item in api.badge_classes()) == ["One", "Two"]
    programme.assert_settled()
