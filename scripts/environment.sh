# Sourced by scripts/run and scripts/test: virtual environments, made once and kept.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Runs a command as root, where that needs no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

install_debian() {
    command -v apt-get >/dev/null || return 1
    say "Installing $* ..."
    as_root apt-get update -qq >/dev/null </dev/null || return 1
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null
}

# Names alone prove nothing: a version manager's shim may lead to no Python at all.
is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if is_new_enough "$name"; then
            printf '%s' "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed: install it, or name it as in PYTHON=/path/to/python3 $0"
}

new_environment() { # FOLDER
    local python version
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_debian "python$version-venv" ||
            fail "$python cannot make virtual environments: run 'apt-get install python$version-venv'"
    fi
    "$python" -m venv --clear "$1"
}

# Makes FOLDER an environment with what the FILES list; does nothing where that is done already.
ensure_environment() { # FOLDER FILES... (the last one includes the others)
    local folder=$1 stamp
    shift
    stamp=$(cat "$@" | sha256sum)
    if ! "$folder/bin/python" -c 'import pip' 2>/dev/null; then
        new_environment "$folder"
    fi
    if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$stamp" ]; then
        say "Installing ${*: -1} into $folder (once) ..."
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
            -r "${*: -1}" </dev/null
        printf '%s\n' "$stamp" >"$folder/stamp"
    fi
}
