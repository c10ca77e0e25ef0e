"""Whatever is done to the files of a package, the linter answers with findings."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.packages import from_zip
from tests.linting import DEMO, findings, put

FILES = ("process.bpmn", "process.toml", "forms/review.json", "decisions/grade.dmn")
TOKENS = {
    name: sorted({m.group() for m in re.finditer(r"[\w.]+|[^\w\s]", DEMO.files[name].decode())})
    for name in FILES
}


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_swapped_words_never_raise(data: st.DataObject):
    name = data.draw(st.sampled_from(FILES))
    text = DEMO.files[name].decode()
    for _ in range(data.draw(st.integers(1, 4))):
        old = data.draw(st.sampled_from(TOKENS[name]))
        new = data.draw(
            st.sampled_from([*TOKENS[name], "", "0", "-1", "1e400", "null", "[]", "{}"])
        )
        text = text.replace(old, new, data.draw(st.integers(1, 3)))

    assert all(finding.zh for finding in findings(put(name, text)))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_changed_bytes_never_raise(data: st.DataObject):
    name = data.draw(st.sampled_from(FILES))
    body = bytearray(DEMO.files[name])
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    assert isinstance(findings(put(name, bytes(body))), list)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_changed_zip_is_read_or_refused(data: st.DataObject):
    body = bytearray(DEMO.to_zip())
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    try:
        assert from_zip(bytes(body)).files
    except Invalid as refusal:
        assert refusal.code  # noqa: PT017  (either answer is right)
