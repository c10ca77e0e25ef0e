import pytest

from engine.lint import lint
from tests.linting import DELEGATES, DEMO, FUNCTIONS, findings, found, put, spoil

STEP = '<lx:step no="2" remind="1 3" returns="draft" not_by="draft" unit="=case.unit"/>'
SIGN = '<lx:act kind="sign" roll="=[case.unit]" rule="all"/>'


def with_act(act):
    return spoil("process.bpmn", (STEP, STEP + act))


def test_an_act_in_order_needs_no_form_and_gives_its_result():
    package = spoil(
        "process.bpmn",
        (STEP, STEP + SIGN),
        ("opinion = &quot;补充&quot;", "review_result.adopted = false"),
    )
    assert not [finding for finding in findings(package) if finding.severity == "error"]
    files = {name: body for name, body in package.files.items() if name != "forms/review.json"}
    codes = {finding.code for finding in findings(type(package)("demo", files))}
    assert "form_missing" not in codes


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ('<lx:act kind="dance" roll="=[]"/>', "act_unknown"),
        ('<lx:act kind="sign"/>', "act_missing"),
        ('<lx:act kind="sign" roll="=[1]" colour="red"/>', "act_attribute"),
        ('<lx:act kind="sign" roll="=[1]" rule="most"/>', "act_value"),
        ('<lx:act kind="sign" roll="[1]"/>', "feel_sign"),
        ('<lx:act kind="sign" roll="=[1"/>', "feel_syntax"),
        ('<lx:act kind="sign" roll="=nobody_there"/>', "feel_name"),
        ('<lx:act kind="sign" roll="=1"/>', "feel_result"),
        ('<lx:act kind="sign" roll="=[1]" until="=true"/>', "feel_result"),
        ('<lx:act kind="sign" roll="=[1]" most="=true"/>', "feel_result"),
        ('<lx:act kind="sign" roll="=[1]" after="draft.total:0.5"/>', "act_of_unknown"),
        ('<lx:act kind="sign" roll="=[1]" sheet="nothing"/>', "act_form"),
        ('<lx:act kind="sign" roll="=[1]" sheet="review" line="nothing"/>', "act_field"),
        ('<lx:act kind="sign" roll="=[1]" after="review"/>', "act_of_unknown"),
        ('<lx:act kind="sign" roll="=[1]" earlier="draft"/>', "act_of_unknown"),
        ('<lx:act kind="sign" roll="=[1]" way="shout"/>', "act_value"),
        ('<lx:act kind="sign" roll="=[1]" way="=nobody_there"/>', "feel_name"),
    ],
)
def test_a_faulty_act_is_a_finding_with_its_place(act, code):
    finding = found(with_act(act), code)
    assert finding.element == "review"


@pytest.mark.parametrize("more", ['earlier="review"', 'way="hand"', 'way="=string(1)"'])
def test_its_own_node_and_an_expression_stand_where_they_may(more):
    package = with_act(f'<lx:act kind="sign" roll="=[1]" {more}/>')
    assert not [each for each in findings(package) if each.code.startswith(("act_", "feel_"))]


def test_an_act_on_another_element_is_refused():
    service = '<lx:service operation="count">'
    package = spoil("process.bpmn", (service, SIGN + service))
    assert found(package, "extension_here").element == "tally"


def test_without_a_table_of_kinds_acts_are_not_judged():
    package = with_act('<lx:act kind="dance"/>')
    every = lint(package, delegates=DELEGATES, functions=FUNCTIONS)
    assert not [finding for finding in every if finding.code.startswith("act_")]
    assert put("process.bpmn", DEMO.files["process.bpmn"]).files == DEMO.files
