import pytest

from engine.errors import Invalid
from tests.unit.workflows.forms.build import (
    OPTIONS,
    SUN,
    TWIN,
    ZHOU,
    People,
    choice,
    clean,
    context,
    field,
    form,
    group,
    required,
    rows,
    wrong,
)
from workflows import forms

DIGEST = "a" * 64


def kind(key, name, component="textfield", **more):
    return field(key, component, properties={"kind": name}, **more)


def value(component, raw, **more):
    return clean(form(component), {component["key"]: raw}, **more).data[component["key"]]


@pytest.mark.parametrize(
    ("component", "raw", "kept"),
    [
        (field("a"), "  周文斌 ", "周文斌"),
        (field("a", "textarea"), "一\r\n二", "一\n二"),
        (field("a", "number"), "12", 12),
        (field("a", "number"), "１２．５", "12.5"),
        (field("a", "number"), "1,234", 1234),
        (field("a", "number"), 7, 7),
        (field("a", "number", decimalDigits=1), "93.0", "93.0"),
        (field("a", "datetime", subtype="date"), "2026-03-02", "2026-03-02"),
        (field("a", "datetime", subtype="time"), "09:30", "09:30"),
        (
            field("a", "datetime", subtype="datetime"),
            "2026-03-02T09:30",
            "2026-03-02T09:30:00+08:00",
        ),
        (
            field("a", "datetime", subtype="datetime"),
            "2026-03-02T01:30:00Z",
            "2026-03-02T09:30:00+08:00",
        ),
        (choice("a"), "yes", "yes"),
        (field("a", "checklist", values=OPTIONS), ["no", "yes"], ["yes", "no"]),
        (field("a", "checkbox"), "1", True),
        (field("a", "checkbox"), None, False),
        (kind("a", "docno"), "惠组〔2026〕12号", "惠组〔2026〕12号"),
        (kind("a", "idcard"), "11010519491231002x", "11010519491231002X"),
        (kind("a", "yyyymm"), "2026.3", "202603"),
        (kind("a", "yyyymm"), "2026年03月", "202603"),
        (kind("a", "money"), "12,500.5元", "12500.50"),
        (kind("a", "person"), "p1", ZHOU),
        (kind("a", "person"), "周文斌", ZHOU),
        (kind("a", "person"), "孙敏（市教育局 科长）", TWIN),
        (kind("a", "people", "taglist"), ["p2", "p1", "p2"], [SUN, ZHOU]),
        (field("a"), "", None),
    ],
)  # fmt: skip
def test_answers_are_kept_as_plain_json(component, raw, kept):
    assert value(component, raw) == kept


@pytest.mark.parametrize(
    ("component", "raw", "code"),
    [
        (required("a"), " ", "required"),
        (required("a", "select", values=OPTIONS), "", "choose"),
        (required("a", "checkbox"), False, "confirm"),
        (required("a", "filepicker"), [], "file"),
        (required("a", "checkbox", properties={"kind": "signature"}), False, "sign"),
        (field("a"), ["x"], "type"),
        (field("a"), {"x": 1}, "type"),
        (field("a"), "a\x00b", "characters"),
        (field("a"), "a\u202eb", "characters"),
        (field("a"), "\ud800", "characters"),
        (field("a"), "字" * 201, "max_length"),
        (field("a", validate={"minLength": 3}), "ab", "min_length"),
        (field("a", validate={"pattern": "^1[0-9]{2}$"}), "12", "pattern"),
        (field("a", validate={"validationType": "email"}), "x@", "email"),
        (field("a", validate={"validationType": "phone"}), "abc", "phone"),
        (field("a", "number"), "1e5", "number"),
        (field("a", "number"), "NaN", "number"),
        (field("a", "number"), True, "number"),
        (field("a", "number"), "9" * 40, "number"),
        (field("a", "number", decimalDigits=0), "1.5", "integer"),
        (field("a", "number", decimalDigits=1), "1.55", "decimals"),
        (field("a", "number", increment="0.5"), "1.7", "step"),
        (field("a", "number", validate={"min": 0, "max": 100}), "101", "between"),
        (field("a", "number", validate={"min": 1}), "0", "min"),
        (field("a", "number", validate={"max": "=2 + 3"}), "6", "max"),
        (field("a", "datetime", subtype="date"), "2026-02-30", "date"),
        (field("a", "datetime", subtype="time"), "25:00", "time"),
        (field("a", "datetime", subtype="datetime"), "soon", "datetime"),
        (field("a", "datetime", subtype="datetime"), "0001-01-01T00:00:00+14:00", "datetime"),
        (field("a", "datetime", validate={"min": "=today()"}), "2026-03-01", "earliest"),
        (field("a", "datetime", validate={"max": "2026-03-01"}), "2026-03-02", "latest"),
        (choice("a"), "maybe", "option"),
        (field("a", "checklist", values=OPTIONS), ["yes", "x"], "option"),
        (kind("a", "docno"), "惠组[2026]12号", "docno"),
        (kind("a", "idcard"), "110105194912310021", "idcard"),
        (kind("a", "yyyymm"), "2026.13", "yyyymm"),
        (kind("a", "money"), "-1", "money"),
        (kind("a", "money"), "1.005", "money"),
        (kind("a", "person"), "孙敏", "person_ambiguous"),
        (kind("a", "person"), "无此人", "person_unknown"),
        (kind("a", "unit"), "x", "unit_unknown"),
        (field("a", "filepicker"), [DIGEST], "file_unknown"),
        (field("a", "filepicker"), ["../etc/passwd"], "file_unknown"),
    ],
)
def test_a_wrong_answer_is_told_by_its_code(component, raw, code):
    assert wrong(form(component), {"a": raw}) == {"a": [code]}


def test_every_mistake_is_told_at_once_under_its_path():
    made = form(
        required("a"),
        group("g", required("b")),
        rows("r", required("c"), field("d", "number")),
    )

    found = wrong(made, {"g": {}, "r": [{"c": "ok"}, {"d": "x"}]})

    assert found == {
        "a": ["required"], "g-b": ["required"], "r-1-c": ["required"], "r-1-d": ["number"],
    }  # fmt: skip


def test_keys_the_form_does_not_have_are_refused():
    made = form(field("a"), group("g", field("b")))

    assert wrong(made, {"a": "1", "x": "2"}) == {"x": ["unknown"]}
    assert wrong(made, {"g": {"y": "2"}}) == {"g-y": ["unknown"]}


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_answers_that_are_no_object_are_refused(raw):
    assert wrong(form(field("a")), raw) == {"": ["type"]}


# Conditions ---------------------------------------------------------------------------------

VERDICT = (
    choice("vote"),
    required("why", conditional={"hide": '=vote != "no"'}, properties={"variable": "why"}),
)


def test_a_hidden_field_is_neither_required_nor_kept_and_clears_its_variable():
    done = clean(form(*VERDICT), {"vote": "yes", "why": "left over"})

    assert done.data == {"vote": "yes"}
    assert done.variables == {"why": None}
    assert wrong(form(*VERDICT), {"vote": "no"}) == {"why": ["required"]}


def test_a_field_that_depends_on_a_hidden_field_sees_nothing_there():
    made = form(*VERDICT, required("how", conditional={"hide": "=why = null"}))

    assert clean(made, {"vote": "yes", "why": "x", "how": "y"}).data == {"vote": "yes"}
    assert wrong(made, {"vote": "no", "why": "x"}) == {"how": ["required"]}


def test_a_condition_may_look_forward():
    made = form(required("why", conditional={"hide": '=vote != "no"'}), choice("vote"))

    assert clean(made, {"vote": "yes"}).data == {"vote": "yes"}


def test_a_row_sees_its_own_values_before_those_outside():
    made = form(
        field("limit", "number"),
        rows("r", field("n", "number", validate={"max": "=limit"}), field("limit", "number")),
    )

    assert clean(made, {"limit": "5", "r": [{"n": "9", "limit": "9"}]}).data["r"][0]["n"] == 9
    assert wrong(made, {"limit": "9", "r": [{"n": "9", "limit": "5"}]}) == {"r-0-n": ["max"]}


def test_a_rule_is_told_in_the_words_of_its_author_beside_its_field():
    rule = {
        "rule": "=end >= start",
        "ruleMessage": "结束早于开始",
        "ruleMessageEn": "ends too soon",
    }
    made = form(field("start", "datetime"), field("end", "datetime", properties=rule))

    with pytest.raises(Invalid) as caught:
        forms.validate(made, {"start": "2026-03-02", "end": "2026-03-01"}, context())

    assert caught.value.fields == {
        "end": [forms.Message("rule", {"zh": "结束早于开始", "en": "ends too soon"})]
    }
    assert clean(made, {"start": "2026-03-02"}).data["end"] is None


def test_two_fields_may_set_one_variable_when_only_one_is_shown():
    made = form(
        choice("vote"),
        field("a", conditional={"hide": '=vote = "no"'}, properties={"variable": "v"}),
        field("b", conditional={"hide": '=vote != "no"'}, properties={"variable": "v"}),
    )

    assert clean(made, {"vote": "yes", "a": "1"}).variables == {"v": "1"}
    assert clean(made, {"vote": "no", "b": "2"}).variables == {"v": "2"}


# Rights --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lock",
    [
        {"readonly": True},
        {"disabled": True},
        {"properties": {"editableBy": "ORG_HEAD"}},
        {"properties": {"readonlyWhen": "=closed"}},
    ],
)
def test_what_is_posted_into_a_read_only_field_is_ignored(lock):
    made = form(required("a", **lock))

    kept = clean(made, {"a": "forged"}, stored={"a": "true"}, variables={"closed": True})

    assert kept.data == {"a": "true"}


def test_the_role_named_may_write():
    made = form(field("a", properties={"editableBy": "ORG_HEAD SECRETARY"}))

    assert clean(made, {"a": "new"}, roles=frozenset({"SECRETARY"})).data == {"a": "new"}


def test_a_field_nobody_writes_shows_its_source_as_it_is_now():
    made = form(field("a", readonly=True, properties={"prefill": "=item.name"}))

    assert clean(made, {}, variables={"item": ZHOU}, stored={"a": "旧"}).data == {"a": "周文斌"}


def test_a_locked_group_locks_what_is_inside():
    made = form(group("g", field("a"), properties={"editableBy": "X"}))

    assert clean(made, {"g": {"a": "forged"}}, stored={"g": {"a": "1"}}).data == {"g": {"a": "1"}}


# Computed, chosen, repeated --------------------------------------------------------------------


def test_computed_fields_are_computed_on_the_server_whatever_is_posted():
    made = form(
        field("a", "number"),
        field("b", "number"),
        field("sum", "expression", expression="=a + b", properties={"variable": "total"}),
        field("half", "number", properties={"computed": "=sum / 2"}),
    )

    done = clean(made, {"a": "0.1", "b": "0.2", "sum": "99"})

    assert (done.data["sum"], done.data["half"]) == ("0.3", "0.15")
    assert done.variables == {"total": "0.3"}


def test_options_from_variables_keep_a_snapshot():
    chosen = field("who", "select", valuesExpression="=objects", properties={"variable": "who"})
    made = form(chosen, field("name", "expression", expression="=who.name"))

    done = clean(made, {"who": "p2"}, variables={"objects": [ZHOU, SUN]})

    assert done.data == {"who": SUN, "name": "孙敏"}
    assert wrong(made, {"who": "p2"}, variables={"objects": [ZHOU]}) == {"who": ["option"]}
    assert wrong(made, {"who": "p2"}) == {"who": ["option"]}


def test_options_may_be_plain_texts_or_value_and_label():
    made = form(field("a", "select", valuesKey="list"))
    listed = ["甲", {"value": "b", "label": "乙"}, 3, None, {"odd": 1}]

    assert clean(made, {"a": "甲"}, variables={"list": listed}).data == {"a": "甲"}
    assert clean(made, {"a": "b"}, variables={"list": listed}).data == {"a": "b"}


def test_rows_in_which_nothing_was_answered_are_left_out():
    made = form(rows("r", required("a"), field("b", "checkbox")))

    assert clean(made, {"r": [{}, {"a": " 1 "}, {"a": " "}]}).data == {
        "r": [{"a": "1", "b": False}]
    }


def test_the_number_of_rows_is_bounded():
    made = form(rows("r", field("a"), properties={"minRows": 1, "maxRows": 2}))

    assert wrong(made, {"r": [{}]}) == {"r": ["rows_min"]}
    assert wrong(made, {"r": [{"a": "1"}] * 3}) == {"r": ["rows_max"]}
    assert wrong(made, {"r": "x"}) == {"r": ["type"]}


def test_a_fixed_list_has_the_rows_of_its_source_and_no_others():
    made = form(
        rows(
            "r",
            field("name", readonly=True),
            required("n", "number"),
            allowAddRemove=False,
            properties={"prefill": "=objects"},
        )
    )
    raw = {"r": [{"name": "forged", "n": "1"}, {"n": "2"}, {"n": "3"}]}

    done = clean(made, raw, variables={"objects": [ZHOU, SUN]})

    assert done.data == {"r": [{"name": "周文斌", "n": 1}, {"name": "孙敏", "n": 2}]}
    assert wrong(made, {"r": []}, variables={"objects": [ZHOU]}) == {"r-0-n": ["required"]}


def test_a_matrix_is_checked_row_by_row():
    made = form(
        group(
            "m", required("a", "number"), required("b", "number"), properties={"layout": "matrix"}
        )
    )

    assert wrong(made, {"m": {"a": "1", "b": "x"}}) == {"m-b": ["number"]}


# Files and signatures --------------------------------------------------------------------------


def test_files_are_named_with_field_and_record():
    made = form(field("f", "filepicker", multiple=True, properties={"record": "A-17"}))

    done = clean(made, {"f": [f"{DIGEST} 材料.pdf"]}, files=lambda digest: {"size": 3})

    file = {"size": 3, "digest": DIGEST, "name": "材料.pdf"}
    assert done.data == {"f": [file]}
    assert [(use.path, use.record, use.file) for use in done.files] == [("f", "A-17", file)]


def test_a_signature_names_signer_capacity_method_time_and_digest():
    made = form(field("a"), required("s", "checkbox", properties={"kind": "signature"}))

    done = clean(made, {"a": "1", "s": True}, actor={"id": "u1", "name": "林"}, capacity="组长")

    assert done.data["s"] == {
        "signer": {"id": "u1", "name": "林"},
        "capacity": "组长",
        "method": "系统确认",
        "at": "2026-03-02T09:00:00+08:00",
        "digest": forms.content_digest({"a": "1"}),
    }
    assert forms.unsigned(made.fields, done.data) == {"a": "1"}


def test_a_forged_signature_becomes_one_of_the_person_who_hands_in():
    made = form(field("s", "checkbox", properties={"kind": "signature"}))
    forged = {"signer": {"id": "boss"}, "method": "系统确认", "digest": "x"}

    done = clean(made, {"s": forged}, actor={"id": "u1"})

    assert done.data["s"]["signer"] == {"id": "u1"}


def test_a_signature_given_before_is_kept_where_another_person_writes():
    made = form(
        field("a"),
        field("s", "checkbox", properties={"kind": "signature", "editableBy": "SECRETARY"}),
    )
    given = {"signer": {"id": "boss"}, "method": "系统确认"}

    assert clean(made, {"a": "1", "s": True}, stored={"s": given}).data["s"] == given
    assert clean(made, {"a": "1", "s": True}).data["s"] is None


# The whole ---------------------------------------------------------------------------------------


def test_an_expression_that_cannot_be_evaluated_is_a_refusal_not_a_crash():
    made = form(field("a", properties={"rule": "=no_such_function(1)"}))

    with pytest.raises(Invalid) as caught:
        clean(made, {"a": "1"})

    assert caught.value.code == "form_expression"


def test_recheck_tells_only_what_was_told_before_and_is_still_wrong():
    made = form(required("a"), required("b"), required("c"))

    found = forms.recheck(made, {"a": "1"}, context(), ["a", "b"])

    assert {path: [m.code for m in messages] for path, messages in found.items()} == {
        "b": ["required"]
    }
    assert forms.recheck(made, {}, context(), []) == {}


def test_without_a_directory_nobody_is_known():
    made = form(kind("a", "person"))

    assert wrong(made, {"a": "p1"}, directory=None) == {"a": ["person_unknown"]}
    assert wrong(made, {"a": "p1"}, directory=People()) == {"a": ["person_unknown"]}
