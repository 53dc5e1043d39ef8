#!/bin/sh
# extract.sh SOURCE OUT.pot: every sentence of the library and the command, marked _(), N_(), KS_N_() or plural(), and the
# phrases that errors carry as their detail: those of several words and without a place, for what is filled in cannot be looked
# up.
set -eu
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$1"

collect() { # collect OUT KEYWORD...
	pot=$1
	shift
	find libsign/src cli -name '*.c' | LC_ALL=C sort |
		xgettext --from-code=UTF-8 --language=C --keyword "$@" --no-location --no-wrap --package-name=kyso --files-from=- \
			--output=- | sed 's/charset=CHARSET/charset=UTF-8/' > "$pot"
}
collect "$work/marked.pot" --keyword=_ --keyword=N_ --keyword=KS_N_ --keyword=plural:1,2
collect "$work/details.pot" --keyword=ks_fail_why:5
msggrep --msgid --regexp=' ' --no-wrap "$work/details.pot" |
	msggrep --invert-match --msgid --regexp=% --no-wrap - > "$work/phrases.pot"
msgcat --use-first --no-wrap "$work/marked.pot" "$work/phrases.pot" > "$out"
