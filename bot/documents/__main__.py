"""`python -m bot.documents CASE_NO [KIND]`: a document of a case, or all there are of it, as printable HTML."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from backend.bootstrap import open_backend
from backend.domain.case import Actor, Role, State
from backend.errors import BackendError, CaseNotFound, DocumentRefused
from backend.ports import World
from backend.services.documents import KINDS, Document, archive_note, document_facts, documents_of
from backend.services.error_words import words_of
from backend.services.staff import actor_named
from backend.settings import read_settings
from bot.documents.paper import archive_html, html_of, words_of_codes
from bot.documents.photos import pictures_of

CUSTOMER = Role.CUSTOMER.value
OPERATOR = Actor(Role.ADMIN, "operator")
INDEX = "index.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or print documents; 1 where there is none, with one line saying why."""
    given = _parser().parse_args(arguments)
    try:
        backend = open_backend(read_settings())
    except BackendError as error:
        return _complain(words_of(error))
    try:
        _write_all(backend.world, given) if given.kind is None else _write_one(backend.world, given)
    except DocumentRefused as refused:
        return _complain(_why(refused, given.case_no))
    except BackendError as error:
        return _complain(words_of(error))
    except OSError as error:
        return _complain(f"无法写入 {given.out}：{error.strerror}")
    finally:
        backend.close()
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m bot.documents", description="输出售后单的单据（A4，可打印的 HTML）")
    parser.add_argument("case_no", metavar="CASE_NO")
    kinds = "、".join(f"{kind.value}（{words_of_codes()['titles'][kind.value]}）" for kind in Document)
    codes = [kind.value for kind in Document]
    parser.add_argument("kind", metavar="KIND", nargs="?", choices=codes, help=f"{kinds}；不写则输出已有的全部")
    parser.add_argument("--out", metavar="PATH", help="写到哪个文件；输出全部时写到哪个文件夹（默认为售后单号）")
    parser.add_argument("--as", dest="viewer", metavar="STAFF", help=f"给哪位员工看；给买家看写 {CUSTOMER}")
    return parser


def _write_one(world: World, given: Namespace) -> None:
    text = _page(world, given.case_no, Document(given.kind), _viewer(world, given))
    if given.out is None:
        sys.stdout.write(text)
    else:
        Path(given.out).write_text(text, "utf-8")
        print(f"已写入 {given.out}")


def _write_all(world: World, given: Namespace) -> None:
    """Every document there is into a folder; of a closed case also the list of what is kept."""
    viewer = _viewer(world, given)
    kinds = [Document(each["kind"]) for each in documents_of(world, given.case_no, viewer=viewer)]
    folder = Path(given.out or given.case_no)
    folder.mkdir(parents=True, exist_ok=True)
    files = {kind.value: f"{kind.value}.html" for kind in kinds}
    for kind in kinds:
        (folder / files[kind.value]).write_text(_page(world, given.case_no, kind, viewer), "utf-8")
    if _is_closed(world, given.case_no):
        note = archive_note(world, given.case_no, viewer=viewer)
        (folder / INDEX).write_text(archive_html(note, files), "utf-8")
    print(f"已写入 {folder}：{'、'.join(files.values())}")


def _page(world: World, case_no: str, kind: Document, viewer: Actor) -> str:
    facts = document_facts(world, case_no, kind, viewer=viewer)
    return html_of(facts, pictures_of(world, facts))


def _viewer(world: World, given: Namespace) -> Actor:
    if given.viewer is None:
        return OPERATOR
    if given.viewer != CUSTOMER:
        return actor_named(world, given.viewer)
    with world.read() as work:
        case = work.cases.by_number(given.case_no)
    if case is None:
        raise CaseNotFound(given.case_no)
    return Actor(Role.CUSTOMER, case.conversation_id)


def _is_closed(world: World, case_no: str) -> bool:
    with world.read() as work:
        case = work.cases.by_number(case_no)
    return case is not None and case.state is State.CLOSED


def _why(refused: DocumentRefused, case_no: str) -> str:
    title = words_of_codes()["titles"][refused.kind]
    if refused.reason == "not_for_role":
        roles = "、".join(sorted(words_of_codes()["roles"][role.value] for role in KINDS[Document(refused.kind)].roles))
        return f"{title}只给{roles}看"
    events = "、".join(event.value for event in KINDS[Document(refused.kind)].events)
    return f"{case_no} 还没有{title}：要先有 {events}"


def _complain(message: str) -> int:
    print(f"错误：{message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
