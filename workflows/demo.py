"""A fictional city to try the product with: units, accounts, posts and cadres.

Every name is invented. All demonstration accounts share one password, which the set-up prints;
nothing here is used unless somebody asks for demonstration data.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from engine.unit_of_work import UnitOfWork
from workflows import identity, passwords, registry, settings
from workflows.model import unit
from workflows.registry import NewPerson, NewPost

PASSWORD = "linxuan-2026"  # noqa: S105 – printed on purpose

UNITS = (  # code, name, English name, code of the unit above
    ("HL", "中共海岭省委组织部", "Hailing Provincial Organisation Department", ""),
    ("YT", "中共云汀市委", "Yunting City Party Committee", "HL"),
    ("YT-ZZB", "云汀市委组织部", "Organisation Department", "YT"),
    ("YT-ZZB-1", "市委组织部干部一科", "Cadre Section 1", "YT-ZZB"),
    ("YT-ZZB-J", "市委组织部干部监督科", "Cadre Supervision Section", "YT-ZZB"),
    ("YT-JW", "云汀市纪委监委", "Discipline Inspection Commission", "YT"),
    ("YT-NY", "云汀市农业农村局", "Agriculture Bureau", "YT"),
    ("YT-JY", "云汀市教育局", "Education Bureau", "YT"),
    ("YT-SL", "云汀市水利局", "Water Bureau", "YT"),
    ("YT-ST", "云汀市生态环境局", "Ecology Bureau", "YT"),
    ("YT-QS", "青杉区委", "Qingshan District Party Committee", "YT"),
    ("YT-DA", "云汀市档案馆", "City Archives", "YT"),
    ("YT-XX", "云汀市信息中心", "City Information Centre", "YT"),
    ("YT-XC", "云汀市委宣传部", "Publicity Department", "YT"),
    ("YT-GW", "云汀市直机关工委", "Working Committee of City Organs", "YT"),
    ("YT-DX", "云汀市委党校", "City Party School", "YT"),
)


@dataclass(frozen=True)
class DemoAccount:
    """One account: login, name, unit it belongs to, and ``ROLE@unit code`` it holds.

    An expert stands in the register too, so that the plan of an evaluation can name him.
    """

    login: str
    name: str
    unit: str
    roles: tuple[str, ...]

    @property
    def expert(self) -> bool:
        """Whether the account belongs to an expert reviewer."""
        return any(role.startswith("EXPERT@") for role in self.roles)


def _account(login: str, name: str, unit_code: str, roles: str) -> DemoAccount:
    return DemoAccount(login, name, unit_code, tuple(roles.split()))


ACCOUNTS = (
    _account("chenzhiyuan", "陈志远", "YT-ZZB-1", "ORG_DEPT@YT REVIEW_OFFICE@YT"),
    _account("liuyang", "刘洋", "YT-ZZB-1", "ORG_DEPT@YT REVIEW_OFFICE@YT"),
    _account("zhaoguoqing", "赵国清", "YT-ZZB", "ORG_HEAD@YT LEADING_GROUP@YT"),
    _account("sunhui", "孙慧", "YT-ZZB", "ORG_MEETING@YT"),
    _account("malixin", "马立新", "YT-ZZB-J", "CADRE_SUP@YT HANDLER@YT"),
    _account("linxiaomin", "林晓敏", "YT-ZZB-1", "TEAM_LEAD@YT TEAM@YT SITE_TEAM@YT"),
    _account("tangying", "唐颖", "YT-ZZB-1", "TEAM@YT SITE_TEAM@YT"),
    _account("hejing", "何静", "YT", "COMMITTEE@YT PLENUM@YT CHAIR@YT LEADING_GROUP@YT"),
    _account("zhoumingde", "周明德", "YT", "SECRETARY@YT LEADING_GROUP@YT"),
    _account("wujianhua", "吴建华", "YT", "DEPUTY_ORG@YT LEADING_GROUP@YT"),
    _account("zhengyan", "郑严", "YT-JW", "DISCIPLINE@YT"),
    _account("huanglijuan", "黄丽娟", "YT-NY", "UNIT_PARTY@YT-NY APPLICANT@YT-NY"),
    _account("luowen", "罗文", "YT-JY", "UNIT_PARTY@YT-JY APPLICANT@YT-JY"),
    _account("heyong", "何勇", "YT-SL", "APPLICANT@YT-SL"),
    _account("jinxia", "金霞", "YT-ST", "APPLICANT@YT-ST"),
    _account("lubo", "陆波", "YT-QS", "APPLICANT@YT-QS"),
    _account("guoxin", "郭欣", "YT-XC", "RESP_UNIT@YT-XC"),
    _account("yuhai", "于海", "YT-GW", "RESP_UNIT@YT-GW"),
    _account("fengtao", "冯涛", "YT", "UNIT_PARTY@YT LEAD_UNIT@YT RESP_UNIT@YT DELEGATE@YT"),
    _account("hanbing", "韩冰", "HL", "CO_MANAGER@HL"),
    _account("gaoyuan", "高远", "HL", "HIGHER_ORG@HL"),
    _account("xuqing", "许晴", "YT-NY", "RECOMMENDER@YT EVALUATOR@YT MEMBER@YT PUBLIC@YT"),
    _account("jiangping", "蒋平", "YT", "SCRUTINEER@YT"),
    _account("qiuyun", "邱云", "YT-JY", "SCRUTINEER@YT"),
    _account("tanghao", "唐浩", "YT-SL", "SCRUTINEER@YT"),
    _account("weilin", "魏琳", "YT", "TELLER@YT"),
    _account("yuanfang", "袁芳", "YT-ST", "TELLER@YT"),
    _account("dujuan", "杜鹃", "YT-JY", "EXPERT@YT"),
    _account("dinglan", "丁岚", "YT-DX", "EXPERT@YT"),
    _account("guming", "顾明", "YT-DX", "EXPERT@YT"),
    _account("zhongyi", "钟毅", "YT-DX", "EXPERT@YT"),
    _account("shaomin", "邵敏", "YT-XC", "EXPERT@YT"),
    _account("daichen", "戴晨", "YT-GW", "EXPERT@YT"),
    _account("yaoyuan", "姚远", "YT-XX", "EXPERT@YT"),
    _account("caojing", "曹静", "YT-DA", "ARCHIVIST@YT"),
    _account("shenzheng", "沈正", "YT-JW", "SUPERVISOR@YT"),
    _account("panqing", "潘清", "YT-JW", "AUDITOR@YT"),
    _account("yezhou", "叶舟", "YT-XX", "DESIGNER@YT"),
    _account("dengwei", "邓维", "YT-XX", "ADMIN@YT"),
)

CONTACT = {  # how the public reaches whoever examines objections
    "public.address": "云汀市府前路1号市委组织部干部监督科",
    "public.phone": "0000-12380",
}

POSTS = (  # unit, name, rank, kind, seats, filled
    ("YT-NY", "副局长", "县处级副职", "领导职务", 3, 2),
    ("YT-NY", "局长", "县处级正职", "领导职务", 1, 1),
    ("YT-JY", "副局长", "县处级副职", "领导职务", 4, 3),
    ("YT-SL", "局长", "县处级正职", "领导职务", 1, 0),
    ("YT-SL", "副局长", "县处级副职", "领导职务", 3, 3),
    ("YT-ST", "副局长", "县处级副职", "领导职务", 3, 2),
    ("YT-QS", "副区长", "县处级副职", "领导职务", 5, 4),
)

PEOPLE = (  # unit, name, sex, birth, post, rank, in rank since, party, work since, education
    ("YT-NY", "周文斌", "男", "1980.03", "种植业管理科科长", "乡科级正职",
     "2019.04", "2004.06", "2003.07", "大学"),
    ("YT-NY", "梁秋月", "女", "1983.11", "乡村振兴科科长", "乡科级正职",
     "2020.08", "2006.12", "2006.07", "硕士研究生"),
    ("YT-NY", "秦勇", "男", "1978.06", "办公室主任", "乡科级正职",
     "2016.02", "2001.05", "2000.08", "大学"),
    ("YT-JY", "宋雅琴", "女", "1981.09", "基础教育科科长", "乡科级正职",
     "2018.10", "2003.11", "2003.08", "硕士研究生"),
    ("YT-JY", "范立群", "男", "1979.01", "督导室主任", "乡科级正职",
     "2017.03", "2002.07", "2001.07", "大学"),
    ("YT-SL", "彭海涛", "男", "1974.12", "副局长", "县处级副职",
     "2018.05", "1997.06", "1996.07", "大学"),
    ("YT-SL", "袁梅", "女", "1976.04", "副局长", "县处级副职",
     "2020.01", "1999.12", "1998.07", "硕士研究生"),
    ("YT-SL", "江涛", "男", "1982.08", "河湖管理科科长", "乡科级正职",
     "2021.06", "2007.05", "2005.07", "大学"),
    ("YT-ST", "谭静波", "男", "1980.10", "监测站站长", "乡科级正职",
     "2019.09", "2005.01", "2003.07", "博士研究生"),
    ("YT-ST", "白雪", "女", "1985.02", "综合科科长", "乡科级正职",
     "2024.11", "2010.06", "2008.07", "大学"),
    ("YT-QS", "石磊", "男", "1979.07", "青杉街道党工委书记", "乡科级正职",
     "2017.12", "2002.12", "2001.07", "大学"),
    ("YT-QS", "方晓燕", "女", "1982.05", "区财政局局长", "乡科级正职",
     "2018.08", "2006.03", "2004.07", "硕士研究生"),
    ("YT-ZZB", "林若溪", "女", "1984.01", "干部二科科长", "乡科级正职",
     "2020.03", "2008.06", "2006.07", "硕士研究生"),
)  # fmt: skip


def seed(uow: UnitOfWork) -> bool:
    """Fill an empty installation; say ``False`` and change nothing when there are units."""
    if uow.conn.scalar(sa.select(unit.c.id).limit(1)) is not None:
        return False
    units: dict[str, str] = {}
    for code, name, name_en, above in UNITS:
        units[code] = registry.add_unit(
            uow, code, name, parent_id=units.get(above), name_en=name_en
        )
    _add_people(uow, units)
    _add_accounts(uow, units)
    for name, value in CONTACT.items():
        settings.write(uow, name, value)
    return True


def _add_people(uow: UnitOfWork, units: dict[str, str]) -> None:
    for code, name, rank, kind, seats, filled in POSTS:
        new = NewPost(name, units[code], rank=rank, kind=kind, seats=seats, filled=filled)
        registry.add_post(uow, new)
    for code, name, sex, birth, post_name, rank, *facts in PEOPLE:
        keys = ("rank_since", "party_since", "work_since", "education")
        attributes = dict(zip(keys, facts, strict=True))
        registry.add_person(
            uow, NewPerson(name, units[code], sex, birth, post_name, rank, None, attributes)
        )


def _add_accounts(uow: UnitOfWork, units: dict[str, str]) -> None:
    # One hash for all: they share the printed password anyway, and the set-up stays quick.
    hashed = passwords.digest(PASSWORD)
    for demo in ACCOUNTS:
        home = units[demo.unit]
        known = registry.add_person(uow, NewPerson(demo.name, home)) if demo.expert else ""
        new = identity.NewAccount(demo.login, demo.name, home, known)
        account_id = identity.create_account(uow, new, hashed)
        for held in demo.roles:
            role, _at, code = held.partition("@")
            identity.grant(uow, account_id, role, units[code])
