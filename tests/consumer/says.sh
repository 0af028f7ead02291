#!/bin/sh
# Whether a program that was made of main.cpp says what it shall.
#   usage: says.sh <program>
set -eu
said=$("$1" | tr '\n' ' ')
[ "$said" = 'ping pong ping pong ' ] || { echo "$1 says '$said'" >&2; exit 1; }
