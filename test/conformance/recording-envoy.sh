#!/bin/sh
# A stand-in for Envoy: records how it was started beside its folder, then behaves as the case asks.
root=${0%/bin/envoy}
cat /proc/$$/environ > "$root/rec/environ"
id -u > "$root/rec/uid"
if [ -f "$2" ]; then
  cat "$2" > "$root/rec/config"
  stat -c %a "$2" > "$root/rec/mode"
fi
cat /proc/$$/cmdline > "$root/rec/cmdline"
mode=$(cat "$root/bin/mode")
case $mode in
  exit:*) exit "${mode#exit:}" ;;
  sig:*) kill -"${mode#sig:}" $$ ;;
  ignore) trap '' TERM ;;
  *) trap 'exit 0' TERM ;;
esac
: > "$root/rec/waiting"
while :; do sleep 0.05; done
