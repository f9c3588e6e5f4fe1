"""The text of a rule book: files put together to one canonical text, and YAML read so that every value
knows its line.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from backend.errors import RuleBookError

_FILE_MARK = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
_DEEPEST = 20
"""Sections within sections; ours go to five."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class RuleBookSource:
    """A rule book as one canonical text, and its SHA-256: what a row of `rule_book_version` keeps."""

    text: str
    sha256: str


@dataclass(frozen=True)
class Place:
    """Where something stands, for an error to name."""

    file: str
    line: int

    def error(self, rule_id: str, reason: str) -> RuleBookError:
        return RuleBookError(reason, file=self.file, line=self.line, rule_id=rule_id)


@dataclass(frozen=True)
class Scalar:
    """A single value; `tag` is YAML's own idea of its kind, such as "int"."""

    place: Place
    text: str
    tag: str


@dataclass(frozen=True)
class Listing:
    """A list of values."""

    place: Place
    items: tuple["Value", ...]


@dataclass(frozen=True)
class Section:
    """Named values; a name stands once."""

    place: Place
    items: dict[str, "Value"]


Value = Scalar | Listing | Section


def canonical(files: dict[str, str]) -> RuleBookSource:
    """One text of several files, by name in order, each under a mark with its name."""
    parts = [f"# file: {name}\n{_normal(text)}" for name, text in sorted(files.items())]
    return source_of("\n".join(parts))


def source_of(text: str) -> RuleBookSource:
    """A text with its hash; line ends and blank ends do not make a different rule book."""
    text = _normal(text)
    return RuleBookSource(text, hashlib.sha256(text.encode("utf-8")).hexdigest())


def read_directory(directory: Path) -> RuleBookSource:
    """The rule files of a directory as one text. Raises RuleBookError when there are none or one is not
    UTF-8.
    """
    files: dict[str, str] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            files[path.name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as problem:
            raise RuleBookError(f"is not UTF-8: {problem.reason}", file=path.name) from problem
    if not files:
        raise RuleBookError("there are no rule files (*.yml) here", file=str(directory))
    return canonical(files)


def read_sections(text: str) -> Section:
    """All sections of a canonical text. Raises RuleBookError for bad YAML, a name given twice, or an empty
    text.
    """
    sections: dict[str, Value] = {}
    places: dict[str, Place] = {}
    for file, content in rule_files(text):
        for name, value, place in _top_level(file, content):
            if name in sections:
                earlier = places[name]
                raise place.error(name, f"stands already in {earlier.file}:{earlier.line}")
            sections[name], places[name] = value, place
    return Section(Place("rule book", 0), sections)


def _normal(text: str) -> str:
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def rule_files(text: str) -> Iterator[tuple[str, str]]:
    """(file, content) of a canonical text; what comes before the first mark belongs to "rule book"."""
    head, *rest = _FILE_MARK.split(text)
    if head.strip():
        yield "rule book", head
    yield from zip(rest[::2], rest[1::2], strict=True)


def _top_level(file: str, content: str) -> Iterator[tuple[str, Value, Place]]:
    try:
        _refuse_endless(file, content)
        node = yaml.compose(content, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 0
        raise RuleBookError(f"is not YAML: {problem.problem}", file=file, line=line) from problem
    except yaml.YAMLError as problem:  # a character that YAML does not know
        raise RuleBookError(f"is not YAML: {problem}", file=file) from problem
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        raise RuleBookError("must hold named sections", file=file, line=node.start_mark.line + 1)
    yield from _entries(file, node)


def _refuse_endless(file: str, content: str) -> None:
    """What stands for something else may stand for itself; what is nested deep enough ends the process that reads it.
    Raises RuleBookError, and yaml.YAMLError where it is no YAML.
    """
    depth = 0
    for event in yaml.parse(content, Loader=_LOADER):
        place = Place(file, event.start_mark.line + 1 if event.start_mark else 0)
        if isinstance(event, yaml.AliasEvent):
            raise place.error("", "stands for something else (*); write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise place.error("", f"stands in more than {_DEEPEST} sections")


def _entries(file: str, node: yaml.MappingNode) -> Iterator[tuple[str, Value, Place]]:
    seen: set[str] = set()
    for key, value in node.value:
        place = _place(file, key)
        if not isinstance(key, yaml.ScalarNode):
            raise place.error("", "a name must be a plain word")
        if key.value in seen:
            raise place.error(key.value, "stands twice in the same section")
        seen.add(key.value)
        yield key.value, _value(file, value, place), place


def _value(file: str, node: yaml.Node, named_at: Place) -> Value:
    """A node as a value. An empty one and a section take the line of their name, which is where people
    look.
    """
    if isinstance(node, yaml.ScalarNode):
        return Scalar(named_at, node.value, node.tag.removeprefix("tag:yaml.org,2002:"))
    if isinstance(node, yaml.MappingNode):
        return Section(named_at, {name: value for name, value, _ in _entries(file, node)})
    return Listing(named_at, tuple(_value(file, item, _place(file, item)) for item in node.value))


def _place(file: str, node: yaml.Node) -> Place:
    return Place(file, node.start_mark.line + 1)
