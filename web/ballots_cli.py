"""The commands ``linxuan ballots``: how votes stand, their evidence, the recount, the end of it.

No command shows a ballot or a share. What a person must decide at a vote is done on the pages.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import click

from engine import schema
from engine.errors import EngineError
from engine.unit_of_work import SYSTEM, Engine
from web.i18n import in_both
from workflows.ballots import bundle, evidence, keeping, listing
from workflows.ballots.events import load as load_event
from workflows.ballots.events import published
from workflows.ballots.places import hall_of
from workflows.ballots.rules import digest


def status(engine: Engine) -> None:
    """列出各次投票 List the votes and how far they are."""
    schema.require_current(engine)
    for vote in listing.votes(hall_of(engine), SYSTEM):
        there = vote.turnout
        numbers = (
            f"应到 due {there.due} · 实到 present {there.present} · 领票 issued {there.issued}"
        )
        kept = f" · 保管至 keep until {vote.keep_until}" if vote.keep_until else ""
        click.echo(f"{vote.id}  {vote.state:<9} {vote.mode:<5} {vote.title}")
        click.echo(f"    {numbers} · 票箱 in the box {there.cast}{kept}")


def save_evidence(engine: Engine, vote: str, file: Path) -> None:
    """写出密封证据和独立计票程序 Write the sealed evidence and the recount program to FILE."""
    schema.require_current(engine)
    file.write_bytes(bundle.pack(hall_of(engine), SYSTEM, vote))
    click.echo(f"已写出 Written: {file}")


def recount(file: Path) -> None:
    """重新计票 Count an evidence FILE again with the share codes of two scrutineers."""
    content = file.read_bytes()
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = packed.read(evidence.FILE)
    codes = [
        click.prompt(f"监票人 {no} 的份额 Share of scrutineer {no}", hide_input=True)
        for no in (1, 2)
    ]
    try:
        result = evidence.recount(content, codes)
    except EngineError as error:
        raise click.ClickException(in_both(error)) from error
    whole = result["sum"]
    click.echo(f"票数 ballots {whole['ballots']} · 有效 valid {whole['valid']}")
    for line, marks in whole["totals"].items():
        click.echo(f"  {line}  " + "  ".join(f"{mark} {number}" for mark, number in marks.items()))
    for name, number in whole["write_ins"].items():
        click.echo(f"  + {name}  {number}")
    click.echo(f"SHA-256 {digest(result)}\n与公布的结果一致 Identical to the published result")


def destroy(engine: Engine, vote: str, *, yes: bool) -> None:
    """列出并销毁到期的证据 List what is due for destruction; once two have signed, destroy it."""
    schema.require_current(engine)
    hall = hall_of(engine)
    with engine.read(SYSTEM) as uow:
        listed = load_event(uow, vote).destruction is not None
    if not listed:
        text = keeping.list_destruction(hall, SYSTEM, vote)
        click.echo(f"清单已生成，须两人在页面上签名 Listed; two people sign it: {digest(text)}")
        return
    with engine.read(SYSTEM) as uow:
        text, seen = published(load_event(uow, vote), "destruction")
    click.echo(f"{text['title']} · {text['ballots']} 张 ballots · SHA-256 {seen}")
    if not yes:
        click.confirm("确定销毁，不可恢复 Destroy for good?", abort=True)
    keeping.destroy(hall, SYSTEM, vote)
    click.echo("已销毁 Destroyed")
