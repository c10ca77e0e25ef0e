"""Settings an administrator changes on a page."""

from engine.unit_of_work import SYSTEM
from workflows import settings


def test_an_administrator_sets_the_contact_of_postings(app, engine, browser_of):
    admin = browser_of("admin")
    assert "公示的联系电话" in admin.get("/admin/settings").text
    typed = {"public.phone": "0752-12380", "wd.count_first_day": "yes"}
    assert admin.post("/admin/settings", typed).status_code == 303
    page = admin.get("/admin/settings").text
    assert "0752-12380" in page
    assert "修改设置" in admin.get("/admin/log").text
    assert admin.post("/admin/settings", {"public.phone": "1" * 201}).status_code == 422
    with engine.read(SYSTEM) as uow:
        assert settings.read(uow, "public.phone") == "0752-12380"
        assert settings.read(uow, "wd.count_first_day") is True


def test_nobody_else_changes_them(app, engine, browser_of):
    for login in ("org_dept", "designer", "auditor"):
        answer = browser_of(login).post("/admin/settings", {"public.phone": "1"})
        assert answer.status_code == 403
    with engine.read(SYSTEM) as uow:
        assert settings.read(uow, "public.phone") is None
