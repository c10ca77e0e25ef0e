"""Deploying from the browser: every finding at once, nothing stored on an error."""

import io
import re

import pytest
import sqlalchemy as sa

from engine.model import definition
from engine.packages import Package, from_zip
from engine.unit_of_work import SYSTEM
from tests.office import OFFICE
from workflows import studio


def changed(**files: bytes) -> Package:
    return Package("office", {**OFFICE.files, **files})


def broken() -> Package:
    files = dict(OFFICE.files)
    del files["forms/review.json"]
    files["process.bpmn"] = files["process.bpmn"].replace(b'role="ORG_HEAD"', b'role="BOSS"')
    return Package("office", files)


def send(browser, package: Package | bytes, act: str = "deploy", **more: str):
    content = package if isinstance(package, bytes) else package.to_zip()
    data = {"archive": (io.BytesIO(content), "p.zip"), "_act": act, **more}
    return browser.post("/definitions/upload", data)


def versions(engine) -> list[tuple[str, int, str]]:
    columns = (definition.c.key, definition.c.version, definition.c.note)
    with engine.read(SYSTEM) as uow:
        return [tuple(row) for row in uow.conn.execute(sa.select(*columns).order_by(*columns))]


@pytest.fixture
def designer(browser_of):
    return browser_of("designer")


def test_package_is_deployed_with_its_note(engine, designer):
    answer = send(designer, OFFICE, note="第一次")
    assert answer.status_code == 303
    assert versions(engine) == [("office", 1, "第一次")]
    page = designer.get(answer.location).text
    assert "公文流程" in page
    assert "已部署第 1 版" in page


def test_checking_stores_nothing(engine, designer):
    answer = send(designer, OFFICE, "check")
    assert answer.status_code == 200
    assert "可以部署" in answer.text
    assert versions(engine) == []


def test_every_finding_is_listed_at_once_by_file_and_nothing_is_stored(engine, designer):
    answer = send(designer, broken())
    assert versions(engine) == []
    for said in ("BOSS", "review", "process.bpmn", "怎么办", "没有存下任何内容"):
        assert said in answer.text
    with engine.read(SYSTEM) as uow:
        found = studio.check(uow, broken())
    assert len(re.findall(r'<li class="(?:bad)?" id="f-', answer.text)) == len(found)


def test_same_content_makes_no_second_version(engine, designer):
    send(designer, OFFICE)
    answer = send(designer, OFFICE)
    assert "完全相同" in designer.get(answer.location).text
    assert len(versions(engine)) == 1


def test_two_versions_are_compared_line_by_line(engine, designer):
    send(designer, OFFICE)
    manifest = OFFICE.files["process.toml"].replace("起草、审核".encode(), "起草和审核".encode())
    send(designer, changed(**{"process.toml": manifest, "documents/note.txt": b"x"}))
    page = designer.get("/definitions/office/compare?old=1&new=2").text
    assert "documents/note.txt" in page
    assert '<span class="add">+zh = &#34;起草和审核' in page
    assert "内容相同" in designer.get("/definitions/office/compare?old=1&new=1").text


def test_version_is_downloaded_as_it_was(designer):
    send(designer, OFFICE)
    answer = designer.get("/definitions/office/1/package.zip")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert from_zip(answer.data) == OFFICE


def test_folder_is_uploaded_file_by_file(engine, designer):
    parts = [(io.BytesIO(body), f"office/{name}") for name, body in OFFICE.files.items()]
    hidden = (io.BytesIO(b"x"), "office/.DS_Store")
    answer = designer.post("/definitions/upload", {"folder": [*parts, hidden], "_act": "deploy"})
    assert answer.status_code == 303, answer.text
    assert versions(engine) == [("office", 1, "")]


@pytest.mark.parametrize(
    "content",
    [b"", b"not a zip", Package("x", {"a.txt": b"1"}).to_zip()[:40]],
)
def test_something_else_than_a_package_is_refused_in_words(engine, designer, content):
    answer = send(designer, content)
    assert answer.status_code == 422
    assert versions(engine) == []


def test_zip_without_a_manifest_lists_that_as_a_finding(engine, designer):
    answer = send(designer, Package("x", {"a.txt": b"1"}))
    assert "process.toml" in answer.text
    assert versions(engine) == []


def test_post_without_a_file_asks_for_one(engine, designer):
    answer = designer.post("/definitions/upload", {"_act": "deploy"})
    assert answer.status_code == 422
    assert "请选择" in answer.text


def test_unknown_process_and_version_are_not_found(designer):
    send(designer, OFFICE)
    for path in (
        "/definitions/nothing",
        "/definitions/office?process=nothing",
        "/definitions/office/9/package.zip",
        "/definitions/office/1/diagram/nothing",
        "/definitions/nothing/compare",
    ):
        assert designer.get(path).status_code == 404, path


@pytest.mark.parametrize("login", ["org_dept", "supervisor", "admin", "expert", "nobody"])
def test_only_designers_deploy(engine, browser_of, login):
    assert browser_of(login).get("/definitions/upload").status_code == 403
    assert send(browser_of(login), OFFICE).status_code == 403
    assert versions(engine) == []
