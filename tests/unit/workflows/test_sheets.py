"""What the 全程纪实表 says about votes."""

import json

from workflows import forms, sheets

FORM = {
    "type": "default",
    "components": [
        {"type": "number", "key": "agree", "label": "同意"},
        {"type": "textarea", "key": "agree_opinion", "label": "具体意见"},
        {"type": "datetime", "subtype": "date", "key": "agree_date", "dateLabel": "审定日期"},
        {
            "type": "dynamiclist",
            "path": "items",
            "label": "表决情况",
            "components": [
                {"type": "textfield", "key": "candidate", "label": "人选"},
                {"type": "number", "key": "agree", "label": "同意"},
                {"type": "number", "key": "defer", "label": "缓议"},
            ],
        },
    ],
}
FIELDS = list(forms.leaves(forms.load(json.dumps(FORM).encode()).fields))


def test_only_numbers_are_votes() -> None:
    data = {"agree": 9, "agree_opinion": "同意。", "agree_date": "2024-01-05"}
    assert sheets.votes(FIELDS, data) == "同意 9"


def test_votes_in_rows_name_whom_they_are_about() -> None:
    row = {"candidate": "周文斌（种植业管理科科长）", "agree": 6, "defer": 0}
    assert sheets.votes(FIELDS, {"items": [row]}) == "周文斌：同意 6、缓议 0"


def test_no_votes_are_no_text() -> None:
    assert sheets.votes(FIELDS, {"items": [{"candidate": "周文斌"}]}) == ""
