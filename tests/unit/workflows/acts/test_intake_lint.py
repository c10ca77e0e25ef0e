"""What the linter says of an intake and of deadlines that cannot work."""

import pytest

from engine.calendar import Calendar
from engine.lint import lint
from engine.packages import Package
from tests.intake_case import TAKE, award
from workflows import forms
from workflows.acts.kinds import ATTRIBUTES
from workflows.program import HOOKS
from workflows.roles import ROLES


def check(package):
    known = {
        "roles": ROLES,
        "functions": {**Calendar.of({}, ()).functions(), **HOOKS.functions},
        "forms": forms.problems,
    }
    return lint(package, delegates=HOOKS.delegates, acts=ATTRIBUTES, **known)


def codes(old, new):
    files = dict(award().files)
    assert old in files["process.bpmn"].decode()
    files["process.bpmn"] = files["process.bpmn"].decode().replace(old, new).encode()
    found = check(Package("council", files))
    return {(each.code, each.element) for each in found if each.severity == "error"}


def test_the_package_of_the_tests_is_in_order():
    assert codes("x", "x") == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('form="entry"', "", "act_missing"),
        ('form="entry"', 'form="nothing"', "act_form"),
        ('per_unit="2"', 'per_unit="=&quot;two&quot;"', "feel_result"),
        ('per_unit="2"', 'name_from="nothing"', "act_field"),
        ('per_unit="2"', 'correct="apply"', "act_of_unknown"),
        ('per_unit="2"', 'self="perhaps"', "act_value"),
        ('per_unit="2"', 'remind="soon"', "act_value"),
        ('deadline="=deadline(today(), 5, &quot;wd&quot;)"', 'autoclose="true"', "act_missing"),
    ],
)
def test_what_cannot_work_is_a_finding(old, new, code):
    assert old in TAKE
    assert (code, "apply") in codes(old, new)


def test_a_form_that_no_act_names_is_still_unused():
    found = check(Package("council", {**award().files, "forms/more.json": b"{}"}))
    assert ("form_unused", "more") in {(each.code, each.element) for each in found}


@pytest.mark.parametrize("name", ["brand_name", "story"])
def test_a_component_of_the_form_may_give_the_name(name):
    assert codes('per_unit="2"', f'name_from="{name}"') == set()
