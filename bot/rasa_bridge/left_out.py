"""What Rasa reads at its start and the chat server never uses is left out: TensorFlow above all.

Three ways lead there in Rasa 3.6.21. Modules that train neural networks or evaluate models are imported wherever a
policy or an entity extractor is: they run when something of them is asked for (`LATE`). A model names the classes that
it was trained by, a validator among them that knows every component there is: they are not looked up to serve. And
spaCy's thinc imports whatever library of that kind is installed. Who adds a component that needs TensorFlow gets it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LATE = frozenset({"rasa.core.test", "rasa.utils.train_utils"})


def leave_out() -> None:
    """Begin it; before Rasa is imported, and once for a process. What was imported already stays."""
    if any(isinstance(finder, _LateFinder) for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _LateFinder())
    _import_thinc()
    _forget_training()


class _LateModule(ModuleType):
    """Runs its code at the first name that it has not, but for those by which modules are imported."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__loader__.real.exec_module(self)  # type: ignore[union-attr]
        return getattr(self, name)


class _LateLoader(Loader):
    def __init__(self, real: Loader) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LateModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Later."""


class _LateFinder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in LATE else None
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(spec.loader)
        return spec


def _import_thinc() -> None:
    if "tensorflow" in sys.modules:
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # whoever imports it is told that there is none
    try:
        import_module("thinc.compat")
    finally:
        del sys.modules["tensorflow"]


def _forget_training() -> None:
    from rasa.engine.storage.storage import ModelMetadata

    read = ModelMetadata.from_dict

    def read_to_serve(serialized: dict[str, Any]) -> ModelMetadata:
        return read({**serialized, "train_schema": {"nodes": {}}})

    ModelMetadata.from_dict = staticmethod(read_to_serve)
