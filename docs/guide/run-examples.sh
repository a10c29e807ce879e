#!/usr/bin/env bash
# Runs every example of api.md, or of the guide named, in order, against a freshly started server; ends at the first that fails.
#   SETUP_TOKEN=… MR=http://localhost:8080 docs/guide/run-examples.sh [gateways.md]
set -euo pipefail
guide="$(cd "$(dirname "$0")" && pwd)/${1:-api.md}"
for tool in curl jq mosquitto_pub; do
  command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 69; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^```bash$/ { inside = 1; print "echo \"# example " ++n "\" >&2"; next } /^```$/ { inside = 0 } inside' "$guide" > "$scratch/examples.sh"
cd "$scratch"
bash -euo pipefail examples.sh
echo "$(grep -c '^echo "# example' examples.sh) examples ran."
