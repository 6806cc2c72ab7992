#!/bin/sh
# Installs the packages that the adapters for Node are about, in the versions that docs/validated speaks of, into a folder
# outside of the repository: LOCKSTEP_NPM, or lockstep/npm in the user's cache.
set -eu
folder=${LOCKSTEP_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/lockstep/npm}
mkdir -p "$folder"
exec npm install --no-audit --no-fund --prefix "$folder" proper-lockfile@4.1.2 redlock@4.2.0 ioredis@4.28.5
