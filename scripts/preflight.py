"""What would keep the system from serving on this machine, found beforehand: taken ports, a full disk."""

import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil

from scripts.processes import Port

FREE_MEGABYTES = 300


def obstacles(ports: Iterable[Port], var: Path) -> list[str]:
    """What is in the way, each with its remedy; none when the system can start. `var` is where it writes."""
    return [_taken(port) for port in ports if not _free(port)] + _disk_full(var)


def _free(port: Port) -> bool:
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((port.host, port.number))
        except OSError:
            return False
    return True


def _taken(port: Port) -> str:
    owner = _listener_on(port.number) or "?"
    place = f"{port.host}:{port.number}"
    return (
        f"无法监听 {place}，占用者：{owner}。请停止占用者，或用 {port.setting} 换一个端口。\n"
        f"Cannot listen on {place}: taken by {owner}. Stop that, or set {port.setting} to another port."
    )


def _listener_on(number: int) -> str:
    """The process that listens on a port, or "" where the system does not tell (another user's)."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == number
            if listens and connection.pid:
                return f"pid {connection.pid}, {' '.join(psutil.Process(connection.pid).cmdline()[:4])}"
    except psutil.Error:
        return ""
    return ""


def _disk_full(var: Path) -> list[str]:
    existing = next(folder for folder in (var, *var.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free // 2**20
    if free >= FREE_MEGABYTES:
        return []
    return [
        f"磁盘空间不足：{var} 只剩 {free} MB，需要 {FREE_MEGABYTES} MB。请腾出空间，或改 ANXIN_VAR。\n"
        f"Disk full: {free} MB free at {var}, {FREE_MEGABYTES} MB needed. Free some, or set ANXIN_VAR."
    ]
