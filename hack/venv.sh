#!/usr/bin/env bash
# Makes a virtual environment of Python in a new folder, with the packages that a file names.
#
#   hack/venv.sh DIR requirements.txt
set -euo pipefail

python3 -m venv "$1" || {
  echo "a virtual environment cannot be made: this needs python3 with its modules venv and ensurepip (apt-get install python3-venv)" >&2
  exit 69
}
"$1/bin/pip" install --quiet --no-compile --disable-pip-version-check --requirement "$2" || {
  echo "the packages of $2 cannot be installed: PyPI, or the mirror of it that pip is configured for, was not reached or does not have them" >&2
  exit 69
}
