# Help, completion, unknown words, languages.
. "$SOURCE/tests/cli/lib.bash"
row 'first screen'              0 "$KYSO"
says 'kyso sign'
row 'help'                      0 "$KYSO" help
says 'Exit codes'
row 'help in Vietnamese'        0 env LANGUAGE=vi "$KYSO" help
says 'Mã thoát'
row 'help of an unknown verb'  64 "$KYSO" help sing
row 'version'                   0 "$KYSO" version
says '^kyso [0-9]'
row 'unknown verb'             64 "$KYSO" sgin a
says_err 'did you mean sign'; silent
row 'unknown second word'      64 "$KYSO" trust lsit
says_err 'did you mean list'
row 'missing second word'      64 "$KYSO" key
row 'unknown letter'           64 "$KYSO" verify -Z
row 'value missing'            64 "$KYSO" verify --at
row 'value too much'           64 "$KYSO" verify --all=yes x
row 'unknown language'         64 "$KYSO" verify --lang fr x
row 'number that is none'      64 "$KYSO" verify -j many x
row 'completion'                0 "$KYSO" __complete
bash -n out || fail 'completion: not bash'
# shellcheck disable=SC1091
. ./out
COMP_WORDS=(kyso sign --fo) COMP_CWORD=2
_kyso
[ "${COMPREPLY[*]}" = '--form --force' ] || fail "completion of --fo: ${COMPREPLY[*]}"
COMP_WORDS=(kyso trust '') COMP_CWORD=2
_kyso
[ "${COMPREPLY[*]}" = 'list add remove check' ] || fail "completion of trust: ${COMPREPLY[*]}"
COMP_WORDS=(kyso sign --form p) COMP_CWORD=3
_kyso
[ "${COMPREPLY[*]}" = 'p7s pdf' ] || fail "completion of --form p: ${COMPREPLY[*]}"

for verb in sign verify show extract 'key list' 'key check' 'trust list' 'trust add' 'trust remove' 'trust check'; do
	for lang in en vi; do
		# shellcheck disable=SC2086
		row "help of $verb in $lang" 0 "$KYSO" $verb --lang $lang --help
		long=$(LC_ALL=C.UTF-8 grep -E '^.{81,}' out)
		[ -z "$long" ] || fail "help of $verb in $lang: wider than 80 columns: $long"
	done
done
row 'dump of the options'       0 "$KYSO" __options
says "^sign	--key	-k	KEY$"
finish
