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
says_err 'list, check'
row 'language before the verb'  3 "$KYSO" --lang vi verify "$SOURCE/LICENSE"
says_err 'chữ ký'
row 'two words after options'   0 "$KYSO" -q --lang=vi key list
row 'language alone'            0 "$KYSO" --lang vi
says 'Hằng ngày'
row 'help after the language'   0 "$KYSO" --lang vi help sign
says 'Cách dùng: kyso sign'
row 'language after help'       0 "$KYSO" help --lang vi trust add
says 'Cách dùng: kyso trust add'
row '--help alone'              0 "$KYSO" --help
row '--help of a verb'          0 "$KYSO" --help verify
says 'Usage: kyso verify'
row '--help of two words'       0 "$KYSO" trust --help
says 'kyso trust check'
row '--version'                 0 "$KYSO" --version
row 'other options first'      64 "$KYSO" -k x sign a
says_err 'command comes first'
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
		! grep -q ' $' out || fail "help of $verb in $lang: blanks at the end of a line"
		[ -z "$long" ] || fail "help of $verb in $lang: wider than 80 columns: $long"
	done
done
row 'dump of the options'       0 "$KYSO" __options
says "^sign	--key	-k	KEY$"
finish
