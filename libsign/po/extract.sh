#!/bin/sh
# extract.sh SOURCE OUT.pot: every sentence of the library and the command, marked _(), N_() or plural().
set -eu
cd "$1"
find libsign/src cli -name '*.c' | LC_ALL=C sort |
	xgettext --from-code=UTF-8 --language=C --keyword=_ --keyword=N_ --keyword=plural:1,2 --no-location --no-wrap \
		--package-name=kyso --files-from=- --output="$2"
