#!/usr/bin/env bash
# Remakes requirements/*.txt: every version pinned, every file hashed, for all platforms and Pythons
# that we support. Versions already locked are kept; pass --upgrade for the newest.
# No lock format that records where a package came from (uv.lock, pylock.toml) is used.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"${PYTHON:-python3}" -m venv "$tool"
"$tool/bin/pip" install --quiet --disable-pip-version-check uv

compile() { # NAME SOURCE... [-c CONSTRAINT]
    local name=$1
    shift
    echo "requirements/$name.txt"
    "$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        "${options[@]}" --output-file "requirements/$name.txt" "$@" >/dev/null
}
options=("$@")

# dev first: the others are held to its versions, because all share one environment.
compile dev --extra live pyproject.toml requirements/dev.in
compile base --extra live pyproject.toml -c requirements/dev.txt
compile test --extra live pyproject.toml requirements/test.in -c requirements/dev.txt
compile build requirements/build.in -c requirements/dev.txt
compile docs requirements/docs.in -c requirements/dev.txt -c requirements/build.txt
