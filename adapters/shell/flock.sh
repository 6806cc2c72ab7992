#!/usr/bin/env bash
# A lock for Lockstep around a shell command: flock(1), as its manual page uses it in scripts, `flock -n DESCRIPTOR`. A
# lock is a file, and is held while a descriptor of this shell is open; it has no ttl, and it falls with the process.
# JSON is read by jq (Debian: jq), since bash cannot be trusted to: one jq for the whole session writes the fields of a
# request into lines, each as JSON. Files are called by digests of locks' names, so any bytes will do. The protocol is in
# docs/adapters.md.
set -euo pipefail
shopt -s lastpipe

declare -A descriptors # by file and holder: what this process holds
declare -A files       # by name of a lock

ok() { printf '{"id":%s,"ok":{%s}}\n' "$1" "$2"; }

# file_of NAME: into $file
file_of() {
  local digest
  if [[ -z ${files[$1]:-} ]]; then
    digest=$(printf '%s' "$1" | sha256sum)
    files[$1]=$directory/${digest%% *}
  fi
  file=${files[$1]}
}

# tries ARGUMENTS OF FLOCK: whether it locked; anything but yes and no ends the program.
tries() {
  local status=0
  flock -n "$@" || status=$?
  ((status <= 1)) || exit "$status"
  return "$status"
}

# acquire ID HOLDER: the file says who holds it, for "inspect".
acquire() {
  local descriptor key=$file/$2
  if [[ -z ${descriptors[$key]:-} ]]; then
    exec {descriptor}>>"$file"
    if ! tries "$descriptor"; then
      exec {descriptor}>&-
      ok "$1" '"granted":false'
      return
    fi
    descriptors[$key]=$descriptor
    printf '%s' "$2" >"$file"
  fi
  ok "$1" '"granted":true'
}

# renew ID HOLDER: there is nothing to renew, but whether it is held can be said.
renew() {
  if [[ -n ${descriptors[$file/$2]:-} ]]; then ok "$1" '"renewed":true'; else ok "$1" '"renewed":false'; fi
}

# release ID HOLDER
release() {
  local key=$file/$2 descriptor
  descriptor=${descriptors[$key]:-}
  if [[ -z $descriptor ]]; then
    ok "$1" '"released":false'
    return
  fi
  unset 'descriptors[$key]'
  exec {descriptor}>&-
  ok "$1" '"released":true'
}

# inspect ID: whoever can lock it sees that it is free; what the file says of a holder who died does not count.
inspect() {
  if [[ ! -e $file ]] || tries "$file" true; then ok "$1" '"holder":null'; else ok "$1" "\"holder\":$(<"$file")"; fi
}

hello() {
  ok "$1" '"protocol":1,"name":"flock-sh","about":"flock(1) on a file for each lock","runs":"clients","claims":{"no_expiry":true,"wall_clock_immune":true}'
}

jq --unbuffered -r '.id, .op, .directory, .holder, [.space, .lock, .lock_hex] | tojson' |
  while read -r id && read -r op && read -r where && read -r holder && read -r name; do
    op=${op//\"/}
    case $op in
      hello) directory=$(jq -j . <<<"$where") ;;
      acquire | renew | release | inspect) file_of "$name" ;;
      *) printf 'an operation that is not in the protocol: %s\n' "$op" >&2 && exit 1 ;;
    esac
    "$op" "$id" "$holder"
  done
