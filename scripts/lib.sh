# shellcheck shell=bash disable=SC2034,SC2154
# What every set-up script shares: the project folder as working directory, progress lines, failures, digests, free space.
# Sourced, never run; `step` wants step_total. Scripts write to .tools/ (uv, a fetched Python or browser, logs) and .venv/ only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

TOOLS=$PWD/.tools
LOGS=$TOOLS/log
PYTHON=$PWD/.venv/bin/python
mkdir -p "$LOGS"

export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
# Without its compiled files every process compiles all of ours anew, half a second each.
unset PYTHONDONTWRITEBYTECODE
export UV_PYTHON_INSTALL_DIR="${UV_PYTHON_INSTALL_DIR:-$TOOLS/python}" UV_NO_PROGRESS=1
export PLAYWRIGHT_BROWSERS_PATH="${PLAYWRIGHT_BROWSERS_PATH:-$TOOLS/browsers}"
is_root() { [ "$(id -u)" = 0 ]; }
# Root's home stays as it was; any other user shares uv's cache between projects.
if is_root; then export UV_CACHE_DIR="${UV_CACHE_DIR:-$TOOLS/cache}"; fi

fail() { # fail MESSAGE...: say why on standard error and stop
    printf '%s\n' "$@" >&2
    exit 1
}

step_number=0
ticker=

stop_ticker() {
    if [ -n "$ticker" ]; then
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        ticker=
    fi
}
trap stop_ticker EXIT

step() { # step TITLE COMMAND...: one progress line; when the command fails, the end of its output, then stop
    step_number=$((step_number + 1))
    local line="[$step_number/$step_total] $1" log="$LOGS/step-$step_number.log" began=$SECONDS
    shift
    printf '%s … ' "$line"
    if [ -t 1 ]; then
        (while sleep 1; do printf '\r%s … %d s ' "$line" $((SECONDS - began)); done) &
        ticker=$!
    fi
    if "$@" >"$log" 2>&1 </dev/null; then
        stop_ticker
        [ -t 1 ] && printf '\r%s … ' "$line"
        echo "done ($((SECONDS - began)) s)"
    else
        stop_ticker
        echo "failed"
        tail -n 15 "$log" | sed 's/^/    /' >&2
        explain "$log" >&2
        exit 1
    fi
}

explain() { # explain LOG: what to do about a failure that its output gives away
    echo
    if grep -qiE 'no space left|disk quota|disk is full' "$1"; then
        echo "磁盘已满。请腾出空间后重试。/ The disk is full. Free some space, then run the same command again."
    elif grep -qiE 'error sending request|dns error|resolve host|name resolution|connection (refused|reset|timed out)|network is unreachable|failed to (fetch|download)|timed out' "$1"; then
        echo "网络不通。请检查网络或代理 (HTTPS_PROXY)；也可用 UV_DEFAULT_INDEX 指定软件源镜像。"
        echo "The network did not answer. Check the connection or HTTPS_PROXY; UV_DEFAULT_INDEX names a nearer package mirror."
    fi
    echo "完整输出 / Full output: ${1#"$PWD"/}"
}

sha256() { # the digest of standard input
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
}

need_space() { # need_space MEGABYTES WHAT_FOR: stop where the project's disk has less
    local free
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$1" ] || fail "磁盘空间不足：$2 需要 $1 MB，此处只剩 $free MB。" \
        "Disk full: $2 needs $1 MB where this project lies, and only $free MB are free. Free some space and try again."
}

apt_install() { # apt_install PACKAGE...: only as root on Debian and its kin
    is_root && command -v apt-get >/dev/null || return 1
    apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}
