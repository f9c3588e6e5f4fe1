"""Changes the text of a rule book where it stands: whole files, or single values with their comments left alone."""

import re
from collections.abc import Mapping

from backend.adapters.rule_book import parse
from backend.adapters.rule_text import Place, Scalar, Section, Value, canonical, read_sections, rule_files, source_of
from backend.domain.rule_book import RuleBook


class YamlRuleTexts:
    """Keeps `ports.rule_changes.RuleTexts`."""

    def parse(self, text: str) -> RuleBook:
        return parse(text)

    def sha256(self, text: str) -> str:
        return source_of(text).sha256

    def files(self, text: str) -> dict[str, str]:
        return dict(rule_files(text))

    def with_file(self, text: str, file: str, content: str) -> str:
        files = self.files(text)
        if file not in files:
            raise KeyError(file)
        return canonical({**files, file: content}).text

    def with_values(self, text: str, values: Mapping[str, str]) -> str:
        for name, value in values.items():
            text = self._with_value(text, name, value)
        return text

    def _with_value(self, text: str, name: str, value: str) -> str:
        held = _scalar(read_sections(text), name)
        lines = self.files(text)[held.place.file].split("\n")
        number = held.place.line - 1
        lines[number] = _replaced(lines[number], name.rpartition(".")[2], held, value)
        return self.with_file(text, held.place.file, "\n".join(lines))


def _scalar(sections: Section, name: str) -> Scalar:
    """Where a single value stands. Raises RuleBookError."""
    value: Value = sections
    for step in name.split("."):
        if not isinstance(value, Section) or step not in value.items:
            raise value.place.error(name, "is not a parameter of the rule book")
        value = value.items[step]
    if not isinstance(value, Scalar):
        raise value.place.error(name, "must be a single value")
    return value


def _replaced(line: str, key: str, held: Scalar, value: str) -> str:
    """The line with the value behind the key changed, whatever else stands on it."""
    pattern = rf"(\b{re.escape(key)}:\s*)([\"']?){re.escape(held.text)}\2(?=\s*(?:[,}}#]|$))"
    changed, done = re.subn(pattern, lambda found: f"{found[1]}{value}", line, count=1)
    if not done:
        raise Place(held.place.file, held.place.line).error(key, "is written in a way that only the text can change")
    return changed
