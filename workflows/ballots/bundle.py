"""The evidence of a counted vote as one file to take away: box, recount program, how to use it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

from engine.unit_of_work import Actor
from workflows.ballots import events, evidence, recount

README: Final = """\
重新计票说明

本文件夹有：
  evidence.json   封存的选票、规则、关箱说明和结果的校验值；没有两份密钥份额读不出任何一张票
  recount.py      独立的计票程序，与本系统没有共用的代码；只需要 Python 3.11 或更高版本

步骤：
  1. 在一台断开网络的电脑上打开终端，进入本文件夹。
  2. 运行  python recount.py evidence.json
  3. 两名监票人依次输入各自的份额（不是口令；口令锁存的份额在自己的页面上取出）。
  4. 最后一行是结果的 SHA-256。显示 IDENTICAL 表示与公布的结果完全一致；
     显示 DIFFERS 或 REFUSED 表示文件、规则、选票或结果被改动过，请保留现场并报告。

公布的结果校验值 SHA-256: {digest}

How to count again

  1. On a computer that is off the network, open a terminal in this folder.
  2. Run  python recount.py evidence.json   (Python 3.11 or newer, nothing else)
  3. Two scrutineers type the codes of their shares, one after the other (the share, not the
     passphrase; a share kept in the program is taken out on its holder's own page).
  4. The last line is the SHA-256 of the result. IDENTICAL: it is the published one. DIFFERS or
     REFUSED: file, rules, ballots or result were changed; keep everything and report it.
"""


def pack(hall: events.Hall, actor: Actor, event_id: str) -> bytes:
    """Return a ZIP of the evidence; raises Conflict("ballot_not_now") before the count."""
    box = evidence.export(hall, actor, event_id)
    with hall.engine.read(actor) as uow:
        digest = events.load(uow, event_id).result_digest
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("evidence.json", box)
        file.writestr("recount.py", Path(recount.__file__).read_bytes())
        file.writestr("README.txt", README.format(digest=digest))
    return memory.getvalue()
