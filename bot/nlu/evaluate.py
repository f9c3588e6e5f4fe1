"""Measures understanding on labelled utterances: `make eval [FILE=…] [STOCK=1] [SCRIPT=traditional]`.

Each line of the file is a JSON object with `text`, `intents` (any of them counts as right, the first is best), and
optionally `part` and `needs_context`; lines nobody could place from the text alone are reported apart. Without
`--model` (a Rasa model archive or an unpacked folder holding the weights) a model is trained from `data/nlu` in
memory. Ours is judged without Rasa; with `--stock` a stock Rasa pipeline is trained on the same sentences and judged
on the same lines. Counts go to benchmarks/results, a picture of the confusions under ANXIN_VAR.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from backend.settings import read_settings
from bot.nlu.evaluation.classifiers import judge, judge_stock, load_model, median_milliseconds, stock_epochs
from bot.nlu.evaluation.entity_table import read_entity_table, score_entities
from bot.nlu.evaluation.page import Runs, entity_report, report
from bot.nlu.evaluation.picture import draw_confusions
from bot.nlu.evaluation.results import RESULTS, entity_counts, record
from bot.nlu.evaluation.scores import as_counts
from bot.nlu.evaluation.utterances import EvaluationInputError, Utterance, in_traditional, read_utterances

_DATA = Path(__file__).parents[2] / "tests" / "data"
HELD_OUT = _DATA / "eval.jsonl"
ENTITY_TABLE = _DATA / "entities.tsv"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 with a message on input that cannot be used."""
    options = _options(arguments)
    try:
        _evaluate(options)
    except (EvaluationInputError, OSError, tarfile.TarError) as error:
        print(f"cannot evaluate: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluate", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=HELD_OUT, help="labelled utterances (JSON Lines)")
    parser.add_argument("--model", type=Path, help="a Rasa model archive or a folder with the weights")
    parser.add_argument("--script", choices=("simplified", "traditional"), default="simplified")
    parser.add_argument("--stock", action="store_true", help="beside a stock Rasa pipeline; takes half an hour or more")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the counts are kept")
    return parser.parse_args(arguments)


def _evaluate(options: argparse.Namespace) -> None:
    utterances = read_utterances(options.file)
    if options.script == "traditional":
        utterances = in_traditional(utterances)
    name = options.file.name + (" (traditional)" if options.script == "traditional" else "")
    _say("Loading our model …" if options.model else "Training our model on data/nlu …")
    model = load_model(options.model)
    _say(f"Judging {len(utterances)} lines …")
    runs: dict[str, list] = {"ours": judge(model, utterances)}
    pace = median_milliseconds(model, [utterance.text for utterance in utterances], time.perf_counter)
    entities = score_entities(read_entity_table(ENTITY_TABLE))
    if options.stock:
        _say(f"Judging the stock pipeline; {stock_epochs()} epochs of DIET where it is not trained yet …")
        runs["stock"] = judge_stock(utterances)
    picture = read_settings().var / "eval" / f"confusions-{options.file.stem}-{options.script}.png"
    draw_confusions(runs["ours"], picture, name)
    figures: dict[str, object] = {label: as_counts(outcomes) for label, outcomes in runs.items()}
    if options.stock:
        figures["stock_epochs"] = stock_epochs()
    record(name, figures, options.results)
    record("entities.tsv", entity_counts(entities), options.results)
    _print_page(name, utterances, runs)
    print("\n" + entity_report(entities))
    print(f"\nunderstanding a message takes {pace:.1f} ms (median)\ncounts  {options.results}\npicture {picture}")


def _print_page(name: str, utterances: Sequence[Utterance], runs: Runs) -> None:
    print(f"{name}: {len(utterances)} lines" + (f"; stock: DIET, {stock_epochs()} epochs" if "stock" in runs else ""))
    print(report(runs))


def _say(step: str) -> None:
    """Progress goes beside the report, so that the report can be redirected."""
    print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
