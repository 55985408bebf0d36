#!/usr/bin/env bash
# Times the statistics beside the Python packages in one run, on one thread each, and prints the ratios.
#
#   benches/reference/run.sh [FOLDER]     FOLDER (a new temporary one) takes a virtual environment and the tables
#
# CPU seconds of the fastest repeat; the ratio is Python's over ours. Needs Python 3.10 or newer and the Python package
# index.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder/tables"
if [ ! -e "$folder/installed" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    numpy==2.2.6 scipy==1.15.3 scikit-learn==1.7.2 krippendorff==0.8.1
  touch "$folder/installed"
fi
cd "$here/../.."
cargo bench --quiet --locked --bench statistics --no-run
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
uptime
"$folder/venv/bin/python" "$here/statistics.py" "$folder/tables" > "$folder/python.txt"
cargo bench --quiet --locked --bench statistics -- "$folder/tables" | grep ' ' > "$folder/rust.txt"
uptime
join <(sort "$folder/python.txt") <(sort "$folder/rust.txt") |
  awk 'BEGIN { printf "%-30s %12s %12s %8s   %s\n", "case", "Python s", "corater s", "ratio", "values" }
       { printf "%-30s %12.4f %12.4f %8.1f   %s %s\n", $1, $2, $4, $2 / $4, $3, $5 }'
