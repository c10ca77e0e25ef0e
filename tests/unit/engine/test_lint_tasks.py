"""Tasks, services, decisions and steps: what a node must say and may refer to."""

import pytest

from tests.linting import findings, found, put, spoil, without

RETURN = "=return_to = &quot;draft&quot; or opinion = &quot;补充&quot;"


@pytest.mark.parametrize(
    ("code", "element", "old", "new"),
    [
        ("name_missing", "left", 'id="left" name="核查一"', 'id="left"'),
        ("role_missing", "inspect", ' role="TEAM"', ""),
        ("role_unknown", "inspect", 'role="TEAM"', 'role="NOBODY"'),
        ("step_missing", "left", '<lx:step no="2"/>', ""),
        ("step_number", "left", '<lx:step no="2"/>', '<lx:step no="two"/>'),
        ("step_undeclared", "left", '<lx:step no="2"/>', '<lx:step no="9"/>'),
        ("remind_form", "review", 'remind="1 3"', 'remind="1 soon"'),
        ("record_undeclared", "draft", 'records="A-01"', 'records="A-02"'),
        ("not_by_unknown", "review", 'not_by="draft"', 'not_by="drafted"'),
        ("not_by_unknown", "review", 'not_by="draft"', 'not_by="review"'),
        ("return_target", "review", 'returns="draft"', 'returns="left"'),
        ("return_gateway", "draft", 'records="A-01"', 'records="A-01" returns="draft"'),
        ("return_flow", "review", RETURN, "=opinion = &quot;补充&quot;"),
        ("return_never", "f4", ' returns="draft"', ""),
        ("service_missing", "tally", 'operation="count"', 'operation=""'),
        ("operation_unknown", "tally", 'operation="count"', 'operation="rm"'),
        ("input_missing", "tally", '<lx:input name="votes" value="=votes"/>', ""),
        ("input_unknown", "tally", '<lx:input name="votes"', '<lx:input name="ballots"'),
        ("decision_missing", "grade", 'table="grade"', 'table=""'),
        ("table_missing", "grade", 'table="grade"', 'table="grades"'),
        ("result_name", "grade", 'result="grade_result"', 'result="1st"'),
        ("start_roles", "begin", 'roles="CLERK"', ""),
        ("start_form_name", "begin", 'roles="CLERK"', 'roles="CLERK" form="other"'),
        ("timer_empty", "wait", "=date(wait_until)", ""),
    ],
)
def test_node_fault_is_named(code: str, element: str, old: str, new: str):
    file = "item.bpmn" if element == "inspect" else "process.bpmn"

    assert found(spoil(file, (old, new)), code).element == element


def test_return_may_share_its_flow_with_a_business_reason():
    """The demo's f4 says: returned, or the opinion asks for more."""
    only = spoil("process.bpmn", (RETURN, "=return_to = &quot;draft&quot;"))

    assert findings(only) == []


def test_return_flow_must_lead_to_its_target():
    package = spoil("process.bpmn", ('id="f4" name="退回" sourceRef="g" targetRef="draft"',
                                     'id="f4" sourceRef="g" targetRef="grade"'))  # fmt: skip

    assert found(package, "return_flow").element == "review"


def test_optional_input_may_be_given_or_left_out():
    more = '<lx:input name="votes" value="=votes"/><lx:input name="until" value="=today()"/>'

    assert findings(spoil("process.bpmn", ('<lx:input name="votes" value="=votes"/>', more))) == []


def test_missing_form_is_an_error_and_a_stray_form_a_warning():
    assert found(without("forms/draft.json"), "form_missing").element == "draft"
    stray = put("forms/nobody.json", '{"schemaVersion": 19, "components": []}')
    assert found(stray, "form_unused").severity == "warning"
    assert found(without("forms/begin.json"), "start_form").severity == "warning"


def test_english_names_are_asked_for_once_per_process():
    package = spoil("process.bpmn", (' lx:en="Draft"', ""), (' lx:en="Review"', ""))
    finding = found(package, "english_missing")

    assert (finding.severity, finding.element) == ("warning", "demo")
    assert "draft, review" in finding.zh


def test_steps_must_be_numbered_without_gaps():
    package = spoil("process.toml", ("no = 2", "no = 3"))

    assert found(package, "steps_numbered").file == "process.toml"


def test_step_and_record_nobody_uses_are_warnings():
    more = '[[steps]]\nno = 3\nzh = "归档"\nen = "File"\n\n[records."B-09"]\nzh = "信"\nen = "x"\n'
    package = spoil("process.toml", ('[records."A-01"]', more + '\n[records."A-01"]'))

    assert found(package, "step_unused").severity == "warning"
    assert found(package, "record_unused").element == "B-09"


@pytest.mark.parametrize("content", ["<", "<definitions/>"])
def test_broken_decision_table_is_named(content: str):
    finding = next(f for f in findings(put("decisions/grade.dmn", content)) if "dmn" in f.file)

    assert finding.severity == "error"


def test_table_with_unknown_policy_says_which_are_known():
    finding = found(spoil("decisions/grade.dmn", ("UNIQUE", "SOMETIMES")), "table_faulty")

    assert (finding.file, finding.line) == ("decisions/grade.dmn", 5)
    assert "SOMETIMES" in finding.zh


def test_table_nobody_uses_is_a_warning():
    grade = spoil("decisions/grade.dmn", ("低", "中")).files["decisions/grade.dmn"]

    assert found(put("decisions/spare.dmn", grade), "table_unused").severity == "warning"
