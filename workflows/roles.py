"""The actors of the domain as data: codes, names and which of them exclude each other.

Source: ``docs/reference/domain.md``. A role is of one **kind**, and all roles an account holds at
the same time are of the same kind. That is the separation of duties in one sentence:
designers and administrators have no part in a case, the supervision group completes no
business task, auditors only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["case", "supervision", "audit", "design", "admin"]


@dataclass(frozen=True)
class Role:
    """One actor code with its names."""

    code: str
    zh: str
    en: str
    kind: Kind = "case"


_ALL = (
    Role("ORG_DEPT", "组织（人事）部门", "Organisation department"),
    Role("ORG_HEAD", "组织部门主要负责人", "Head of the organisation department"),
    Role("ORG_MEETING", "部务会", "Departmental meeting"),
    Role("CADRE_SUP", "干部监督机构", "Cadre supervision section"),
    Role("COMMITTEE", "党委（党组）", "Party committee"),
    Role("PLENUM", "全委会", "Plenary committee"),
    Role("SECRETARY", "党委（党组）主要负责人", "Secretary"),
    Role("DEPUTY_ORG", "分管组织工作的领导", "Leader in charge of organisation work"),
    Role("UNIT_PARTY", "所在单位党委（党组）", "Party committee of the candidate's unit"),
    Role("DISCIPLINE", "纪检监察机关", "Discipline inspection body"),
    Role("CO_MANAGER", "协管方", "Co-managing side"),
    Role("HIGHER_ORG", "上级组织部门", "Superior organisation department"),
    Role("TEAM", "考察组", "Inspection team"),
    Role("TEAM_LEAD", "考察组组长", "Head of the inspection team"),
    Role("RECOMMENDER", "推荐参加人", "Participant of the recommendation"),
    Role("EVALUATOR", "测评参加人", "Participant of the evaluation"),
    Role("MEMBER", "有选举权的正式党员", "Member entitled to vote"),
    Role("CHAIR", "会议主持人", "Chair of the meeting"),
    Role("SCRUTINEER", "监票人", "Scrutineer"),
    Role("TELLER", "计票人", "Teller"),
    Role("APPLICANT", "申报单位（人）", "Applicant"),
    Role("REVIEW_OFFICE", "评选工作办公室", "Selection office"),
    Role("EXPERT", "评委", "Expert reviewer"),
    Role("SITE_TEAM", "实地考察组", "On-site team"),
    Role("LEADING_GROUP", "领导小组", "Leading group"),
    Role("LEAD_UNIT", "牵头单位", "Lead unit"),
    Role("RESP_UNIT", "责任单位", "Responsible unit"),
    Role("DELEGATE", "党代表", "Party delegate"),
    Role("HANDLER", "承办单位", "Handling unit"),
    Role("PUBLIC", "党员群众", "Public"),
    Role("ARCHIVIST", "档案人员", "Archivist"),
    Role("SUPERVISOR", "监督组", "Supervision group", "supervision"),
    Role("AUDITOR", "审计（巡察）人员", "Auditor", "audit"),
    Role("DESIGNER", "流程设计员", "Process designer", "design"),
    Role("ADMIN", "系统管理员", "System administrator", "admin"),
)

ROLES = {role.code: role for role in _ALL}
CASE_ROLES = frozenset(role.code for role in _ALL if role.kind == "case")


def role_of(principal: str) -> str:
    """Return the role code of a principal ``ROLE@unit``; empty for ``user:…``."""
    code, at, _unit = principal.partition("@")
    return code if at else ""


def kind_clash(held: frozenset[str], role: str) -> str | None:
    """Return a role of *held* that may not stand beside *role*, or nothing."""
    kind = ROLES[role].kind
    return next((code for code in sorted(held) if ROLES[code].kind != kind), None)
