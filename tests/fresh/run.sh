#!/usr/bin/env bash
# The README's two commands as on a stranger's machine, next year: a clone in a path with spaces, an
# unwritable HOME, no C compiler, an index that offers a newer version of every locked package, and
# the oldest and the newest pip that we support. `make fresh` runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."
tree=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" tests/fresh/newer_wheels.py "$place/newer wheels" >"$place/offered"
mv "$place/newer wheels" "$place/newer"
cat "$place/offered"

export PIP_FIND_LINKS="$place/newer ${PIP_FIND_LINKS:-}"
export CC=/bin/false CXX=/bin/false
mkdir "$place/home"
chmod 555 "$place/home"
# As root every folder is writable: a file in HOME's place refuses root too.
if [ "$(id -u)" = 0 ]; then rmdir "$place/home" && touch "$place/home"; fi

with_pip() { # a clone and all that is tried in it; $1: the pip
    pip=$1
    clone="$place/a clone by pip $pip"
    git clone --quiet --no-hardlinks "$tree" "$clone"
    [ -d "$tree/../shared" ] && ln -sfn "$(cd "$tree/../shared" && pwd)" "$place/shared"
    echo "--- pip $pip, in '$clone'"
    (
        cd "$clone"
        make --silent .venv/.created
        if [ "$pip" = newest ]; then wanted=pip; else wanted="pip==$pip"; fi
        PIP_FIND_LINKS='' .venv/bin/python -m pip --quiet --disable-pip-version-check install --upgrade "$wanted"
        .venv/bin/python -m pip --version | cut -d' ' -f1-2
        HOME="$place/home" make --silent demo ARGS="--for 15s --port 0" >"$clone.txt"
        head -n 3 "$clone.txt"
        HOME="$place/home" make --silent test ARGS="-q -k 'health or fit_a_head' tests/cli tests/architecture"
        .venv/bin/python -m pip list --format freeze | grep -c '==9999' && exit 1
        .venv/bin/python -m pip check
    )
    rm -rf "$clone"
}

# Side by side, told one after the other: most of it is one pip at work on one core.
jobs=()
for each in ${PIPS:-22.3 newest}; do
    (with_pip "$each") >"$place/told by $each" 2>&1 &
    jobs+=("$!")
done
failed=0
for each in ${PIPS:-22.3 newest}; do
    wait "${jobs[0]}" || failed=1
    jobs=("${jobs[@]:1}")
    cat "$place/told by $each"
done
exit "$failed"
