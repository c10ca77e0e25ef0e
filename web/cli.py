"""The command ``linxuan``: serve, work in the background, prepare and feed the database.

Thin on purpose: each command opens the engine, runs one command of a lower layer and prints
what it did, in Chinese and English. A refusal prints its sentence and ends with status 1.
"""

from __future__ import annotations

import functools
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import waitress
from tqdm import tqdm

from engine import audit, calendar_seed, schema
from engine.errors import EngineError
from engine.packages import Package, from_folder
from engine.unit_of_work import SYSTEM, Engine
from engine.worker import Worker
from web import ballots_cli
from web.app import create_app
from web.i18n import in_both, role_name
from workflows import demo, simulation, studio
from workflows.ballots import places
from workflows.program import open_engine
from workflows.scenarios import Failed, Run

THREADS = 8
FIRST_YEAR = 2008
YEARS_AHEAD = 2
Command = Callable[..., Any]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database",
    envvar="LINXUAN_DATABASE_URL",
    help="数据库地址 Database URL (SQLAlchemy). Default: linxuan.db in the data folder.",
)
@click.option(
    "--data",
    envvar="LINXUAN_DATA",
    default="var",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="数据目录 Folder for files and the embedded database.",
)
@click.option(
    "--ballots",
    envvar="LINXUAN_BALLOTS_URL",
    help="票箱库地址 URL of the store of secret ballots. Default: ballots.db in the data folder.",
)
@click.pass_context
def main(context: click.Context, database: str | None, data: Path, ballots: str | None) -> None:
    """遴选 Linxuan: selection processes run from their diagrams, on the record."""
    data.mkdir(parents=True, exist_ok=True)
    url = _with_driver(database or f"sqlite:///{(data / 'linxuan.db').as_posix()}")
    boxes = _with_driver(ballots or f"sqlite:///{(data / 'ballots.db').as_posix()}")
    context.obj = functools.partial(open_engine, url, files=data / "files", ballots=boxes)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def with_engine(command: Command) -> Command:
    """Give *command* the engine and turn refusals into sentences."""

    @click.pass_context
    @functools.wraps(command)
    def run(context: click.Context, *args: Any, **kwargs: Any) -> None:
        engine = context.obj()
        try:
            command(engine, *args, **kwargs)
        except EngineError as error:
            _print_findings(error.params.get("findings", []))
            raise click.ClickException(in_both(error)) from error
        finally:
            places.close(engine)
            engine.database.dispose()

    return run


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, help="同时运行后台作业 Do background work too.")
@click.option("--proxies", default=0, help="前置反向代理层数 Reverse proxies in front.")
@with_engine
def serve(engine: Engine, host: str, port: int, *, worker: bool, proxies: int) -> None:
    """启动网站 Serve the site."""
    schema.require_current(engine)
    app = create_app(engine, proxies=proxies)
    click.echo(f"遴选已启动 Linxuan is serving on http://{host}:{port}")
    with _working(engine, on=worker):
        waitress.serve(app, host=host, port=port, threads=THREADS, ident="linxuan")


@main.command()
@with_engine
def worker(engine: Engine) -> None:
    """只运行后台作业 Do background work only, until stopped."""
    schema.require_current(engine)
    places.hall_of(engine)  # made now, so that a wrong address shows at once
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _working(engine, on=True):
        click.echo("后台作业已启动 The worker is running")
        stop.wait()


@main.group()
def ballots() -> None:
    """无记名投票 Secret ballots: how they stand, evidence, recount, destruction."""


ballots.command("status")(with_engine(ballots_cli.status))
ballots.command("evidence")(
    click.argument("vote")(
        click.argument("file", type=click.Path(dir_okay=False, path_type=Path))(
            with_engine(ballots_cli.save_evidence)
        )
    )
)
ballots.command("recount")(
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(
        ballots_cli.recount
    )
)
ballots.command("destroy")(
    click.argument("vote")(
        click.option("--yes", is_flag=True, help="不再询问 Do not ask.")(
            with_engine(ballots_cli.destroy)
        )
    )
)


@main.group()
def db() -> None:
    """数据库 The database."""


@db.command("upgrade")
@with_engine
def upgrade(engine: Engine) -> None:
    """更新数据库结构 Bring the tables up to date."""
    before, after = schema.upgrade(engine)
    click.echo(f"数据库结构 Schema: {before or '-'} → {after}")


@main.group("demo")
def demo_group() -> None:
    """演示数据 Demonstration data."""


@demo_group.command("seed")
@with_engine
def seed_demo(engine: Engine) -> None:
    """写入演示单位、账号、日历和流程 Put in units, accounts, calendar and processes."""
    schema.require_current(engine)
    with engine.begin(SYSTEM) as uow:
        fresh = demo.seed(uow)
        calendar_seed.seed(uow, FIRST_YEAR, uow.today.year + YEARS_AHEAD)
    for package in studio.shipped():
        _deploy(engine, package, "随产品发布")
    _print_accounts(fresh=fresh)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--note", default="", help="版本说明 What is new in this version.")
@with_engine
def deploy(engine: Engine, folder: Path, note: str) -> None:
    """部署流程包 Deploy the process package in FOLDER."""
    schema.require_current(engine)
    _deploy(engine, from_folder(folder), note)


@main.command()
@click.argument("key")
@click.option("--cases", default=20, show_default=True, help="事项数 How many cases.")
@click.option("--seed", default=7, show_default=True, help="随机种子 Seed of the draw.")
@click.option("--scenario", default="", help="只演练这个剧本 Play this scenario, once.")
@click.option(
    "--scale",
    "sizes",
    multiple=True,
    metavar="NAME=N",
    help="剧本规模 A number of its [scale], as entries=500; repeatable.",
)
def simulate(key: str, cases: int, seed: int, scenario: str, sizes: tuple[str, ...]) -> None:
    """演练流程 Play cases of the process KEY on a throw-away store and print what happened."""
    package = next((each for each in studio.shipped() if each.key == key), None)
    if package is None:
        known = ", ".join(each.key for each in studio.shipped())
        raise click.ClickException(f"没有流程 No process “{key}”. 可用 Known: {known}")
    if sizes and not scenario:
        raise click.ClickException("--scale 须与 --scenario 同用 --scale needs --scenario")
    scale = _sizes(sizes)
    with simulation.stage(package) as on:
        if scenario:
            found = [_rehearse(on, scenario, scale)]
        else:
            played = simulation.simulate(on, cases, seed)
            found = list(tqdm(played, total=cases, desc="演练 Playing", unit="件 case"))
        _report(on, found)


def _rehearse(on: simulation.Stage, name: str, scale: dict[str, int]) -> Run | Failed:
    """Play one scenario with a bar that moves with its acts."""
    with tqdm(total=simulation.length(on.package, name), desc="演练 Playing", unit="步 act") as bar:
        try:
            return simulation.rehearse(on, name, scale, lambda _act: bar.update())
        except EngineError as error:
            raise click.ClickException(in_both(error)) from error


def _sizes(written: tuple[str, ...]) -> dict[str, int]:
    """Read ``entries=500``; raises ClickException for anything else."""
    found = {}
    for each in written:
        name, _equals, number = each.partition("=")
        if not name or not (number.isascii() and number.isdigit()):
            raise click.ClickException(f"--scale: {each}")
        found[name] = int(number)
    return found


def _report(on: simulation.Stage, found: list[Run | Failed]) -> None:
    """Print each case, the counts per ending, and whether every audit chain is intact."""
    for each in found:
        if isinstance(each, Failed):
            click.echo(f"  ✗ {each}")
        else:
            steps = f"{each.steps} 步 steps, {each.refusals} 次拒绝 refusals"
            click.echo(f"  {each.number}  {each.name:<34} {each.outcome or each.status}  {steps}")
    ended = Counter(each.outcome or each.status for each in found if isinstance(each, Run))
    for outcome, count in ended.most_common():
        click.echo(f"{outcome}: {count}")
    largest = max((each.largest for each in found if isinstance(each, Run)), default=0)
    most = simulation.MOST_STATE
    click.echo(f"事项状态最大 Largest state of a case: {largest} B (≤ {most} B)")
    with on.engine.read(SYSTEM) as uow:
        intact = audit.verify_all(uow)
    click.echo(f"审计链完整 Audit chains intact: {intact}")
    if any(isinstance(each, Failed) for each in found):
        raise click.ClickException("有事项未按剧本进行 Some cases did not follow their scenario")
    if largest > most:
        raise click.ClickException("事项状态过大 The state of a case has grown too large")


@main.group()
def calendar() -> None:
    """工作日历 The working-day calendar."""


@calendar.command("seed")
@click.argument("first", type=int)
@click.argument("last", type=int)
@with_engine
def seed_calendar(engine: Engine, first: int, last: int) -> None:
    """录入已公布的年份 Enter the published years from FIRST to LAST."""
    schema.require_current(engine)
    with engine.begin(SYSTEM) as uow:
        entered = calendar_seed.seed(uow, first, last)
    click.echo(f"已录入 Entered: {', '.join(map(str, entered)) or '-'}")


@contextmanager
def _working(engine: Engine, *, on: bool) -> Iterator[None]:
    background = Worker(engine) if on else None
    if background is not None:
        background.start()
    try:
        yield
    finally:
        if background is not None:
            background.stop()


def _deploy(engine: Engine, package: Package, note: str) -> None:
    with engine.begin(SYSTEM) as uow:
        definition = studio.deploy(uow, package, note)
    click.echo(f"流程 Process {definition.key}: {definition.title_zh} v{definition.version}")


def _print_findings(findings: list[Any]) -> None:
    for one in findings:
        place = ":".join(filter(None, (one.file, str(one.line or ""), one.element)))
        click.echo(f"{one.severity} {one.code} {place}", err=True)
        click.echo(f"  {one.zh}\n  {one.en}", err=True)
        click.echo(f"  → {one.remedy_zh}\n  → {one.remedy_en}", err=True)


def _print_accounts(*, fresh: bool) -> None:
    state = "已写入演示数据 Demonstration data is in" if fresh else "演示数据已存在 Already there"
    click.echo(f"{state}\n\n演示账号 Demo accounts — 密码 password: {demo.PASSWORD}")
    for one in demo.ACCOUNTS:
        roles = "、".join(role_name(held.partition("@")[0]) for held in one.roles)
        click.echo(f"  {one.login:<14}{one.name}　{roles}")
