"""What something was measured on, without names of hosts or folders."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

_LIBRARIES = ("rasa", "rasa-sdk", "tensorflow", "sanic", "sqlalchemy", "starlette")
_GIGABYTE = 2**30


def circumstances() -> dict[str, Any]:
    """`date`, `machine` and `versions`, to go with a result."""
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / _GIGABYTE),
            "load_average": [round(each, 1) for each in os.getloadavg()],
        },
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: version(name) for name in _LIBRARIES},
        },
    }


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
