#!/bin/sh
# complete.sh SOURCE FOLDER: fails when a sentence has no Vietnamese translation, a fuzzy one, or one whose places differ.
set -eu
source=$1
mkdir -p "$2"
pot=$2/kyso.pot merged=$2/vi.po
sh "$source/libsign/po/extract.sh" "$source" "$pot"
msgmerge --quiet --no-fuzzy-matching --no-wrap --output-file="$merged" "$source/libsign/po/vi.po" "$pot"

bad=$( { msgattrib --untranslated --no-obsolete --no-wrap "$merged"; msgattrib --only-fuzzy --no-obsolete --no-wrap "$merged"; } |
	grep '^msgid ' | grep -v '^msgid ""$' || true)
if [ -n "$bad" ]; then
	printf 'without a Vietnamese translation (libsign/po/vi.po):\n%s\n' "$bad" >&2
	exit 1
fi
msgfmt --check --output-file=/dev/null "$merged"

# {subject}, {where}, {detail}: a translation has exactly the places of its sentence
msgattrib --no-obsolete --no-wrap "$merged" | awk '
	function places(s,   out, n) {
		out = ""
		if (s ~ /\{subject\}/) out = out "s"
		if (s ~ /\{where\}/) out = out "w"
		if (s ~ /\{detail\}/) out = out "d"
		n = gsub(/\[/, "[", s) " " gsub(/\]/, "]", s)
		return out " " n
	}
	/^msgid "/ { id = $0 }
	/^msgstr "/ && id ~ /[{]/ && places(id) != places($0) { print "places differ: " id; wrong = 1 }
	END { exit wrong }' >&2
