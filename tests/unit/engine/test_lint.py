"""The linter as a whole: a good package is silent, findings say everything, nothing escapes."""

import re
import tomllib
from pathlib import Path

from engine.lint import lint
from engine.lint.finding import texts
from engine.packages import Package
from tests.linting import DELEGATES, DEMO, FUNCTIONS, findings, found, put, spoil, without

HERE = Path(__file__).parent


def test_good_package_has_no_finding():
    assert findings(DEMO) == []


def test_finding_tells_place_rule_and_remedy_in_both_languages():
    finding = found(
        spoil("process.bpmn", ('id="draft" name="起草建议"', 'id="draft"')), "name_missing"
    )

    assert (finding.severity, finding.file, finding.process) == ("error", "process.bpmn", "demo")
    assert (finding.element, finding.line) == ("draft", 9)
    assert (finding.zh, finding.en) == ("任务“draft”没有名称", "The task “draft” has no name")
    assert "名称" in finding.remedy_zh
    assert "name" in finding.remedy_en
    assert finding.as_json()["code"] == "name_missing"


def test_all_findings_come_at_once_errors_first():
    package = spoil(
        "process.bpmn", ('no="1"', 'no="7"'), (' default="f5"', ""), ('operation="count"', "")
    )

    found_codes = [finding.code for finding in findings(package)]

    assert {"step_undeclared", "no_default", "service_missing", "step_unused"} <= set(found_codes)
    assert found_codes.index("step_unused") > found_codes.index("no_default")


def test_broken_diagram_does_not_hide_faults_elsewhere():
    package = Package("demo", {**put("item.bpmn", "<a").files, "forms/draft.json": b"{"})

    codes = {finding.code for finding in findings(package)}

    assert {"xml_malformed", "json_malformed", "called_missing"} <= codes


def test_roles_are_checked_only_when_they_are_known():
    package = spoil("process.bpmn", ('roles="CLERK"', 'roles="NOBODY"'))

    unchecked = lint(package, delegates=DELEGATES, functions=FUNCTIONS)

    assert found(package, "role_unknown").element == "begin"
    assert unchecked == []


def test_empty_package_yields_findings_not_an_exception():
    codes = {finding.code for finding in findings(Package("demo", {}))}

    assert codes == {"manifest_missing", "main_missing", "no_scenario"}


def test_warnings_never_crowd_out_an_error():
    flows = "".join(
        f'<bpmn:sequenceFlow id="w{n}" sourceRef="inspect" targetRef="inspect"/>'
        for n in range(600)
    )
    tasks = '<bpmn:scriptTask id="evil"/>'
    every = findings(spoil("item.bpmn", ("</bpmn:process>", flows + tasks + "</bpmn:process>")))

    assert sum(finding.severity == "warning" for finding in every) == 100
    assert "script" in {finding.code for finding in every}
    assert len(every) <= 500


def test_every_sentence_is_complete_and_its_placeholders_are_simple_names():
    for code, text in texts().items():
        assert set(text) == {"severity", "zh", "en", "remedy_zh", "remedy_en"}, code
        assert text["severity"] in {"error", "warning"}, code
        for sentence in text.values():
            assert re.fullmatch(r"([^{}]|\{[a-z]+\})*", sentence), code


def test_every_rule_is_shown_by_a_test():
    files = [
        *HERE.glob("test_lint*.py"),
        HERE / "test_untrusted_xml.py",
        HERE / "test_definitions.py",
    ]
    tests = "".join(path.read_text("utf-8") for path in files)
    shown = set(re.findall(r'"([a-z_]+)"', tests))

    assert set(texts()) <= shown, sorted(set(texts()) - shown)


def test_missing_pieces_are_named():
    assert found(without("process.toml"), "manifest_missing").file == "process.toml"
    assert found(without("process.bpmn"), "main_missing").file == "process.bpmn"
    assert found(without("scenarios/adopted.toml"), "no_scenario").severity == "warning"
    assert tomllib.loads(DEMO.files["process.toml"].decode())["key"] == "demo"
