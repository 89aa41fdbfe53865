# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Progress of long work: numbered steps that stay, and one status line. On a terminal the status line is overwritten;
# elsewhere it is printed once in ten seconds, so that a log shows that the work goes on.

progress_number=0
progress_total=0
progress_begin=$SECONDS
progress_said=$SECONDS                           # when the last line was printed
progress_every=${SLUICE_PROGRESS_SECONDS:-10}
exec {progress_out}>&1                           # status lines go here, also from inside a redirected command

progress_start() { progress_total=$1 progress_number=0 progress_begin=$SECONDS; }

# One line of the form "[3/9]  41 s  what happens now".
progress_step() {
  progress_number=$((progress_number + 1))
  progress_clear
  printf '[%d/%d] %4d s  %s\n' "$progress_number" "$progress_total" "$((SECONDS - progress_begin))" "$*"
  progress_said=$SECONDS
}

progress_is_terminal() { [[ -t $progress_out ]]; }

progress_clear() { if progress_is_terminal; then printf '\r\033[K' >&"$progress_out"; fi; }

# The status line.
progress_line() {
  if progress_is_terminal; then
    printf '\r\033[K%.*s' "$(($(tput cols 2>/dev/null || echo 80) - 1))" "$*" >&"$progress_out"
  elif ((SECONDS - progress_said >= progress_every)); then
    printf '%8s%s (%d s)\n' '' "$*" "$((SECONDS - progress_begin))" >&"$progress_out"
    progress_said=$SECONDS
  fi
}

progress_note() {
  progress_clear
  echo "$*"
  progress_said=$SECONDS
}

# Turns ninja's output into the status line.
progress_ninja() {
  local line last=''
  while true; do
    if IFS= read -r -t 1 line; then
      if [[ $line == \[* ]]; then last=$line; fi
    elif (($? <= 128)); then # the end of the input; more than 128 is a second without a line
      break
    fi
    progress_line "$1 $last"
  done
}

# Runs a command that may print nothing for long: progress_while WHAT COMMAND [ARGUMENT ...]
progress_while() {
  local what=$1 status=0 beat
  shift
  (while sleep 1 && kill -0 $$ 2>/dev/null; do progress_line "$what"; done) >/dev/null 2>&1 &
  beat=$!
  "$@" || status=$?
  kill "$beat" 2>/dev/null || true
  wait "$beat" 2>/dev/null || true
  progress_clear
  return "$status"
}
