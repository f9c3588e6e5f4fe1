"""Trains the model as `rasa train --force` does, into the folder that is given: `python -m scripts.training models`."""

import gc
import sys


def main() -> None:
    """Run Rasa's command without searches for garbage: the sentences stay until the end, an eighth of the time went."""
    gc.disable()
    from rasa.__main__ import main as rasa

    from bot.rasa_bridge.training_data import make_light

    make_light()
    sys.argv = ["rasa", "train", "--force", "--fixed-model-name", "anxin", "--out", *sys.argv[1:]]
    rasa()


if __name__ == "__main__":
    main()
