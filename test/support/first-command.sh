#!/usr/bin/env bash
# The README's first command as a new user runs it: in a fresh clone, with an empty home directory.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
clone=$1
git -c safe.directory="$root" clone --quiet --no-hardlinks "$root" "$clone"
mkdir -p "$clone.home"
cd "$clone"
export npm_config_cache="${npm_config_cache:-$HOME/.npm}" XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" HOME="$clone.home"
npm start --silent -- --check
