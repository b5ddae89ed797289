#!/bin/sh
# Stands in for a program of iptables, or nft: records the call, and answers as the case says.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
here=${0%/*}
name=${0##*/}
set -C
number=0
until { true > "$here/calls/$number"; } 2>/dev/null; do number=$((number + 1)); done
set +C
printf '%s\0' "$name" "$@" > "$here/calls/$number"
file=
for argument in "$@"; do case $argument in -*) ;; *) [ -f "$argument" ] && file=$argument ;; esac; done
input() {
  case $name in
    *restore*) if [ -n "$file" ]; then cat "$file"; else cat; fi ;;
    nft) case " $* " in *" -f "*) cat ;; esac ;;
  esac
}
input "$@" > "$here/calls/$number.stdin"
line=$name
for argument in "$@"; do line="$line $argument"; done
for answer in "$here"/answers/*; do
  [ -d "$answer" ] || continue
  printf '%s' "$line" | grep -Eqf "$answer/cmd" || continue
  if [ -f "$answer/times" ]; then
    read -r left < "$answer/times"
    [ "$left" -gt 0 ] || continue
    echo $((left - 1)) > "$answer/times"
  fi
  cat "$answer/stdout"
  cat "$answer/stderr" >&2
  read -r status < "$answer/exit"
  exit "$status"
done
if [ -x "$here/through/$name" ]; then
  case $name in nft) "$here/through/$name" "$@" < "$here/calls/$number.stdin"; exit ;; esac
  exec "$here/through/$name" "$@"
fi
case " $* " in
  *" --version "* | *" -V "*)
    read -r version < "$here/versions/$name"
    case $name in *-legacy*) kind=legacy ;; *) kind=nf_tables ;; esac
    echo "$name v$version ($kind)"
    ;;
esac
