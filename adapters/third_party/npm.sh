#!/bin/sh
# Installs the packages that the adapters for Node are about, in the versions that docs/validated speaks of, into a folder
# outside of the repository: LOCKSTEP_NPM, or lockstep/npm in the user's cache. If that cannot be done it says in a line
# what to do instead.
set -eu
folder=${LOCKSTEP_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/lockstep/npm}
packages='proper-lockfile@4.1.2 redlock@4.2.0 ioredis@4.28.5'
mkdir -p "$folder"
# shellcheck disable=SC2086 # a word for each package
if ! npm install --no-audit --no-fund --prefix "$folder" $packages; then
  echo "npm.sh: not installed; have npm (Debian: npm) and a network, or set LOCKSTEP_NPM to a folder whose node_modules has $packages" >&2
  exit 1
fi
