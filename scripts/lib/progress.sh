# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Progress of long work: numbered steps that stay, and one status line that is overwritten on a terminal.

progress_number=0
progress_total=0

progress_start() { progress_total=$1 progress_number=0 progress_begin=$SECONDS; }

# One line of the form "[3/9]  41 s  what happens now".
progress_step() {
  progress_number=$((progress_number + 1))
  progress_clear
  printf '[%d/%d] %4d s  %s\n' "$progress_number" "$progress_total" "$((SECONDS - progress_begin))" "$*"
}

progress_clear() { if [[ -t 1 ]]; then printf '\r\033[K'; fi; }

# On a terminal only: a line that the next output overwrites.
progress_line() { if [[ -t 1 ]]; then printf '\r\033[K%.*s' "$(($(tput cols 2>/dev/null || echo 80) - 1))" "$*"; fi; }

progress_note() { progress_clear; echo "$*"; }

# Turns ninja's output into the status line.
progress_ninja() {
  local line
  while IFS= read -r line; do
    if [[ $line == \[* ]]; then progress_line "$1 $line"; fi
  done
}
