"""Each check of scripts/validate.py, shown on a small project with one thing wrong."""

from pathlib import Path

import pytest

from scripts.validate import problems, read_project

DOMAIN = """
intents: [greet, request_refund: {use_entities: []}, provide_evidence]
entities: [order_no]
slots:
  order_no: {type: text, mappings: [{type: custom}]}
  reason:
    type: text
    mappings: [{type: custom, conditions: [{active_loop: refund_form, requested_slot: reason}]}]
forms:
  refund_form: {required_slots: [order_no]}
actions: [action_status, validate_refund_form: {send_domain: true}]
responses:
  utter_hello: [{text: 您好, buttons: [{title: 退款, payload: '/request_refund{"order_no": "1"}'}]}]
  utter_ask_order_no: [{text: 请问订单号是多少？}]
  utter_ask_refund_form_reason: [{text: 请问是什么原因？}]
  utter_policy_freight: [{text: 运费由责任方承担。}]
  utter_status: [{text: 正在处理。}]
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - 你好
- intent: request_refund
  examples: |
    - 我要退款
- intent: provide_evidence
  examples: |
    - /provide_evidence
- synonym: 快递费
  examples: |
    - 运费
"""
RULES = """
rules:
- rule: greet
  steps: [intent: greet, action: utter_hello]
"""
ACTIONS = '''
"""Answers about 进度."""
def run(topic):
    """Say utter_nothing, 请稍等."""
    return ["utter_status", f"utter_policy_{topic}", '/request_refund{"order_no": "2"}', "/not a payload"]
'''
NAMES = {"action_status", "validate_refund_form"}


def check(
    root: Path,
    *,
    domain: str = DOMAIN,
    nlu: str = NLU,
    rules: str = RULES,
    actions: str = ACTIONS,
    names: set[str] = NAMES,
) -> list[str]:
    files = {"domain.yml": domain, "data/nlu/a.yml": nlu, "data/rules/a.yml": rules, "actions/a.py": actions}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return problems(read_project(root, names))


def test_a_project_that_fits_together_has_no_problem(tmp_path: Path) -> None:
    assert check(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[action_status,", "[action_status, action_gone,", "the action action_gone, but no class"),
        ("[action_status,", "[", "a class for action_status, but domain.yml does not list it"),
        ("utter_ask_order_no:", "utter_ask_policy_freight:", "refund_form asks for order_no"),
        ("utter_ask_refund_form_reason:", "utter_policy_x:", "refund_form asks for reason"),
        ("mappings: [{type: custom}]", "mappings: [{type: from_text}]", "order_no is mapped from_text"),
        (
            "payload: '/request_refund{",
            "payload: '/no_such{",
            "utter_hello in domain.yml: the payload /no_such",
        ),
        ("intents: [greet,", "intents: [greet, faq,", "intent faq has no training example"),
        ("utter_status:", "utter_stale:", "response utter_stale is never used"),
        ("utter_status:", "utter_stale:", "actions/a.py:5: utter_status is uttered"),
        ("utter_hello:", "utter_status_x:", "data/: utter_hello is uttered"),
        ("utter_policy_freight:", "utter_faq_freight:", "utter_policy_… is uttered, but no response"),
    ],
)
def test_a_domain_with_one_thing_wrong_is_told_what(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in DOMAIN
    assert any(said in problem for problem in check(tmp_path, domain=DOMAIN.replace(old, new)))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("later: 等[一下", "actions/phrases.yml: later is no pattern: unterminated character set"),
        ("later: [等, 会]", "actions/phrases.yml: later is no pattern"),
        ("sooner: 快点", "actions/b.py:1: actions/phrases.yml has no later"),
        ("{later: 等, sooner: 快}", "actions/phrases.yml: nobody asks for sooner"),
    ],
)
def test_a_table_of_phrases_with_one_thing_wrong_is_told_what(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions/b.py").write_text('says("later", text)', "utf-8")
    (tmp_path / "actions/phrases.yml").write_text("later: 等", "utf-8")
    assert check(tmp_path) == []
    (tmp_path / "actions/phrases.yml").write_text(table, "utf-8")
    assert any(problem.startswith(said) for problem in check(tmp_path))


def test_a_sentence_that_begins_with_a_slash_is_refused(tmp_path: Path) -> None:
    found = check(tmp_path, nlu=NLU.replace("- 你好", "- 你好\n    - /greet"))
    assert found == ["intent greet is taught '/greet': a slash begins a payload, never a sentence"]


def test_an_intent_that_nobody_types_is_taught_its_own_payload_and_no_other(tmp_path: Path) -> None:
    assert check(tmp_path, nlu=NLU.replace("- 你好", "- /greet\n    - /greet{}")) == []
    found = check(tmp_path, nlu=NLU.replace("- 你好", "- /request_refund"))
    assert found == ["intent greet is taught '/request_refund': a slash begins a payload, never a sentence"]


@pytest.mark.parametrize("wording", ['"请稍等"', 'f"{topic}，请稍等"', 'f"请 {topic}"', '"？"'])
def test_chinese_wording_in_an_action_is_refused(tmp_path: Path, wording: str) -> None:
    found = check(tmp_path, actions=f"{ACTIONS}\ndef say(topic):\n    return {wording}\n")
    assert len(found) == 1
    assert found[0].startswith("actions/a.py:") and "Chinese in Python" in found[0]


def test_a_payload_minted_in_an_action_must_name_an_intent(tmp_path: Path) -> None:
    found = check(tmp_path, actions=ACTIONS.replace("/request_refund", "/gone"))
    assert len(found) == 1
    assert "names the intent gone" in found[0]


def test_responses_called_like_an_intent_are_used_where_an_action_names_them_by_it(tmp_path: Path) -> None:
    domain = DOMAIN + "  utter_greet: [{text: 您好}]\n  utter_gone: [{text: 没了}]\n"
    found = check(tmp_path, domain=domain, actions=ACTIONS + 'ANSWER = f"utter_{topic}"\n')
    assert found == ["response utter_gone is never used: not in data/, not in Python, not asked by a form"]


def test_words_that_customers_are_never_told_stand_nowhere(tmp_path: Path) -> None:
    rules, notices = tmp_path / "backend" / "rules", tmp_path / "bot" / "wording" / "templates"
    for folder in (rules, notices):
        folder.mkdir(parents=True)
    (rules / "tone.yml").write_text("tone: {banned_words: [这是规定, 正在]}", "utf-8")
    (notices / "rejected.j2").write_text("抱歉，这是规定。", "utf-8")

    assert check(tmp_path) == [
        "utter_status in domain.yml: 正在 is one of tone.banned_words of the rule book: say it another way",
        "bot/wording/templates/rejected.j2: 这是规定 is one of tone.banned_words of the rule book: say it another way",
    ]
