"""Finds where domain, training data, actions and wording do not fit together and Rasa's validator is silent.

`python -m scripts.validate` prints every problem and ends with status 1 where there is one.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

GUESSED_BY_RASA = {"nlu_fallback"}
"""Intents that Rasa's own components give."""
ASKED_BY_RASA = {"utter_default", "utter_ask_rephrase", "utter_restart", "utter_back"}
"""Responses that Rasa's default actions utter by name."""
SAYS_NOTHING_IN_CHINESE = ("actions", "backend/services")
"""Where no sentence for a customer may stand: those live in domain.yml and in templates."""
NO_RESPONSES = {"utter_action"}
"""Keys of Rasa's event metadata that only look like responses."""

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PAYLOAD = re.compile(r"/(\w+)(?:\{.*)?", re.DOTALL)
UTTERANCE = re.compile(r"utter_\w*")


@dataclass(frozen=True)
class Project:
    """What the checks look at; `actions` are the names that the actions package answers to.

    `wording` is what else customers read, by file; `banned` are the words of the rule book that they are never told;
    `phrases` is the table of short words, by kind.
    """

    domain: Mapping[str, Any]
    examples: Mapping[str, list[str]]
    steps: Collection[str]
    modules: Mapping[str, ast.Module]
    actions: Collection[str]
    wording: Mapping[str, str]
    banned: Collection[str]
    phrases: Mapping[str, Any]

    @cached_property
    def intents(self) -> set[str]:
        return _names(self.domain.get("intents"))

    @cached_property
    def responses(self) -> Mapping[str, list[dict[str, Any]]]:
        return self.domain.get("responses") or {}

    @cached_property
    def asked_slots(self) -> set[tuple[str, str]]:
        """(form, slot) for each slot that a form asks for: always, or by a mapping that waits for it."""
        forms = self.domain.get("forms") or {}
        always = {(form, slot) for form, spec in forms.items() for slot in (spec or {}).get("required_slots", ())}
        waiting = [c for _, mapping in self.mappings for c in mapping.get("conditions", ())]
        return always | {(c["active_loop"], c["requested_slot"]) for c in waiting if c.get("requested_slot")}

    @cached_property
    def mappings(self) -> list[tuple[str, dict[str, Any]]]:
        slots = self.domain.get("slots") or {}
        return [(slot, mapping) for slot, spec in slots.items() for mapping in spec.get("mappings", ())]

    @cached_property
    def strings(self) -> list[tuple[str, str]]:
        """(place, text) of every string in the modules but docstrings; of an f-string, its beginning."""
        return [(f"{path}:{line}", text) for path, tree in self.modules.items() for line, text in _strings(tree)]


def problems(project: Project) -> list[str]:
    """Every problem, one sentence each, naming what to change."""
    checks = (
        _actions_without_class,
        _slots_never_asked,
        _slots_filled_from_any_text,
        _payloads_of_unknown_intents,
        _intents_without_examples,
        _examples_with_a_slash,
        _responses_never_used,
        _responses_missing,
        _wording_in_python,
        _banned_words,
        _phrases_broken,
        _phrases_missing,
    )
    return [problem for check in checks for problem in check(project)]


def _actions_without_class(project: Project) -> Iterator[str]:
    listed = {name for name in _names(project.domain.get("actions")) if not name.startswith("utter_")}
    for name in sorted(listed - set(project.actions)):
        yield f"domain.yml lists the action {name}, but no class in actions/ has this name"
    for name in sorted(set(project.actions) - listed):
        yield f"actions/ has a class for {name}, but domain.yml does not list it: Rasa will never run it"


def _phrases_broken(project: Project) -> Iterator[str]:
    for kind, pattern in project.phrases.items():
        try:
            re.compile(pattern)
        except (re.error, TypeError) as wrong:
            yield f"actions/phrases.yml: {kind} is no pattern: {wrong}"


def _phrases_missing(project: Project) -> Iterator[str]:
    named = {text for place, text in project.strings if place.startswith("actions")}
    for place, kind in _kinds_of_phrases(project.modules):
        if kind not in project.phrases:
            yield f"{place}: actions/phrases.yml has no {kind}"
    numbered = tuple(text for text in named if text.endswith("_"))
    for kind in sorted(each for each in project.phrases.keys() - named if not each.startswith(numbered)):
        yield f"actions/phrases.yml: nobody asks for {kind}"


def _kinds_of_phrases(modules: Mapping[str, ast.Module]) -> Iterator[tuple[str, str]]:
    """(place, kind) of every call of `says` and `caught` in actions that names its kind."""
    for path, tree in modules.items():
        for call in ast.walk(tree) if path.startswith("actions") else ():
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("says", "caught"):
                kind = call.args[0] if call.args else None
                if isinstance(kind, ast.Constant):
                    yield f"{path}:{call.lineno}", str(kind.value)


def _slots_never_asked(project: Project) -> Iterator[str]:
    known = {*project.actions, *project.responses}
    for form, slot in sorted(project.asked_slots):
        asks = {f"{kind}_ask_{name}" for kind in ("action", "utter") for name in (f"{form}_{slot}", slot)}
        if not asks & known:
            yield f"{form} asks for {slot}, but no utter_ask_{form}_{slot} nor any other way to ask"


def _slots_filled_from_any_text(project: Project) -> Iterator[str]:
    for slot, mapping in project.mappings:
        if mapping.get("type") == "from_text":
            yield f"slot {slot} is mapped from_text: it would swallow questions and commands; use type custom"


def _payloads_of_unknown_intents(project: Project) -> Iterator[str]:
    buttons = [
        (f"{name} in domain.yml", button.get("payload", ""))
        for name, variations in project.responses.items()
        for variation in variations
        for button in variation.get("buttons", ())
    ]
    in_actions = [(place, text) for place, text in project.strings if place.startswith("actions")]
    for place, payload in [*buttons, *in_actions]:
        match = PAYLOAD.fullmatch(payload)
        if match and match[1] not in project.intents:
            yield f"{place}: the payload {payload} names the intent {match[1]}, unknown to domain.yml"


def _intents_without_examples(project: Project) -> Iterator[str]:
    taught = {intent.partition("/")[0] for intent, examples in project.examples.items() if examples}
    for intent in sorted(project.intents - taught - GUESSED_BY_RASA):
        yield f"intent {intent} has no training example"


def _examples_with_a_slash(project: Project) -> Iterator[str]:
    """An intent that nobody types may be taught its own payload, and then nothing else."""
    for intent, examples in project.examples.items():
        if all(_is_payload_of(intent, example) for example in examples):
            continue
        for example in examples:
            if example.startswith("/"):
                yield f"intent {intent} is taught {example!r}: a slash begins a payload, never a sentence"


def _is_payload_of(intent: str, example: str) -> bool:
    match = PAYLOAD.fullmatch(example)
    return match is not None and match[1] == intent


def _responses_never_used(project: Project) -> Iterator[str]:
    exact, prefixes = _uttered(project)
    asks = {f"utter_ask_{name}" for form, slot in project.asked_slots for name in (f"{form}_{slot}", slot)}
    answers = {f"utter_{intent}" for intent in project.intents if "utter_" in prefixes}
    for name in sorted(set(project.responses) - exact.keys() - asks - answers - ASKED_BY_RASA):
        if not name.startswith(tuple(prefixes.keys() - {"utter_"})):
            yield f"response {name} is never used: not in data/, not in Python, not asked by a form"


def _responses_missing(project: Project) -> Iterator[str]:
    exact, prefixes = _uttered(project)
    for name, place in sorted(exact.items()):
        if name not in project.responses:
            yield f"{place}: {name} is uttered, but domain.yml has no such response"
    for prefix, place in sorted(prefixes.items()):
        if not any(name.startswith(prefix) for name in project.responses):
            yield f"{place}: {prefix}… is uttered, but no response in domain.yml begins so"


def _wording_in_python(project: Project) -> Iterator[str]:
    for place, text in project.strings:
        if place.startswith(SAYS_NOTHING_IN_CHINESE) and CHINESE.search(text):
            yield f"{place}: Chinese in Python ({text[:20]!r}): wording belongs into domain.yml or a template"


def _banned_words(project: Project) -> Iterator[str]:
    told = [(f"{name} in domain.yml", each["text"]) for name, each in _variations(project) if "text" in each]
    for place, text in [*told, *project.wording.items()]:
        for word in project.banned:
            if word in text:
                yield f"{place}: {word} is one of tone.banned_words of the rule book: say it another way"


def _variations(project: Project) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, variations in project.responses.items():
        yield from ((name, each) for each in variations)


def _uttered(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """Where each response is named in full, and where by its beginning, which ends in an underscore.

    The beginning `utter_` alone, as in f"utter_{intent}", names the responses that are called like an intent.
    """
    named = dict.fromkeys(project.steps, "data/") | {text: place for place, text in project.strings}
    found = {name: place for name, place in named.items() if UTTERANCE.fullmatch(name) and name not in NO_RESPONSES}
    exact = {name: place for name, place in found.items() if not name.endswith("_")}
    return exact, {name: place for name, place in found.items() if name.endswith("_")}


def _names(entries: Any) -> set[str]:
    """Names out of a list of names, some of which may carry options: `[greet, {faq: {use_entities: []}}]`."""
    return {name for entry in entries or () for name in ([entry] if isinstance(entry, str) else entry)}


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values[:1])
            yield node.lineno, _beginning(node)
        elif isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.lineno, node.value


def _beginning(node: ast.JoinedStr) -> str:
    first = node.values[0] if node.values else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def read_project(root: Path, actions: Collection[str]) -> Project:
    """Read domain.yml, data/ and the Python of actions/, bot/ and backend/services below `root`."""
    files = [_yaml(path) for path in sorted((root / "data").rglob("*.yml"))]
    folders = [root / "actions", root / "bot", root / "backend" / "services"]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return Project(
        domain=_yaml(root / "domain.yml"),
        examples=_examples(files),
        steps={step["action"] for file in files for step in _steps(file) if "action" in step},
        modules={path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths},
        actions=actions,
        wording=_wording(root),
        banned=_banned(root),
        phrases=_yaml(table) if (table := root / "actions" / "phrases.yml").is_file() else {},
    )


def _wording(root: Path) -> dict[str, str]:
    """Templates of notices and the replies that agents send, by file."""
    folder = root / "bot" / "wording"
    paths = [*sorted(folder.rglob("*.j2")), *sorted(folder.glob("*.yml"))]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}


def _banned(root: Path) -> tuple[str, ...]:
    """`tone.banned_words` of the shipped rule book; none where there is no rule book."""
    found = [_yaml(path).get("tone") for path in sorted((root / "backend" / "rules").glob("*.yml"))]
    return tuple(word for section in found if section for word in section["banned_words"])


def _yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8")) or {}


def _examples(files: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in files:
        for item in file.get("nlu", ()):
            lines = (line.strip().removeprefix("-").strip() for line in item.get("examples", "").splitlines())
            found.setdefault(item.get("intent", ""), []).extend(line for line in lines if line)
    found.pop("", None)
    return found


def _steps(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for story in [*file.get("stories", ()), *file.get("rules", ())]:
        yield from story.get("steps", ())


def registered_actions(package: str) -> set[str]:
    """Names of the actions that the SDK's executor finds in a package, as it will when serving."""
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package(package)
    own = {name: run.__self__.__class__.__module__ for name, run in executor.actions.items()}
    return {name for name, module in own.items() if f"{module}.".startswith(f"{package}.")}


def main() -> int:
    """Check this project; 1 where something does not fit."""
    found = problems(read_project(Path.cwd(), registered_actions("actions")))
    print("\n".join(found) or "domain, data, actions and wording fit together")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
