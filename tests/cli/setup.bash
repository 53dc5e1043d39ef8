# kyso setup: answers over a pipe; the file that comes of them, and what it keeps.
source "$(dirname "$0")/lib.bash"
mkdir -p home/.config/kyso
conf=home/.config/kyso/kyso.conf
cp "$K/person.p12" "$K/person.crt" "$K/agency.pem" home
cp "$K/root.crt" home
export LANG=

# answers LINES: on the standard input of the next row
answers() { printf '%s\n' "$@" > "$work/answers"; stdin=$work/answers; }
# lines LINES: the file has them, in this order
lines() {
	local at=0 found wanted
	for wanted; do
		found=$(grep -nxF -- "$wanted" $conf | cut -d: -f1 | awk -v at="$at" '$1 > at { print; exit }')
		[ -n "$found" ] || { fail "$label: \"$wanted\" is missing or out of place"; sed 's/^/  | /' $conf; return; }
		at=$found
	done
}

answers '' '' '' '' '' '' ''
row 'all defaults' 0 "$KYSO" setup
silent
lines 'lang = vi' 'policy = official' 'form = asice' 'key = agency' '[key agency]' "uri = $work/home/agency.pem" 'as = agency'
[ "$(stat -c %a $conf)" = 600 ] || fail "$label: others can read the configuration"
no_traces
row 'what was written is understood' 0 "$KYSO" key list
says 'agency'

rm $conf
answers 2 2 clerk 1 2 3 yes
row 'chosen by number' 0 "$KYSO" setup
says_err 'Which key signs'
says_err 'Nguyễn Văn Mẫu'
lines 'lang = en' 'policy = default' 'form = p7s' 'key = clerk' '[key clerk]' "uri = $work/home/person.p12" 'as = person'

answers 1 '' '' '' '' '' ''
rm $conf
row 'in Vietnamese' 0 "$KYSO" setup
says_err 'Khóa nào'
says_err 'Vai trò'

rm $conf
answers 2 0 1 1 yes
row 'no key' 0 "$KYSO" setup
lines 'lang = en' 'policy = official' 'form = asice'
! grep -q key $conf || fail "$label: a key"

cat > $conf <<-'END'
	# mine
	jobs = 3
	lang=vi
	key = old

	[profile night] ; remark
	form = asics
	[key old]
	uri = file:/old.p12
	[key clerk]
	uri = /elsewhere.p12
	cert = /kept.crt
	as = agency
	# the end
	END
answers 2 2 clerk 0 1 1 yes
row 'what was there stays' 0 "$KYSO" setup
says_err 'is there already'
lines '# mine' 'jobs = 3' 'lang = en' 'key = clerk' 'policy = official' 'form = asice' '[profile night] ; remark' 'form = asics' \
	'[key old]' 'uri = file:/old.p12' '[key clerk]' "uri = $work/home/person.p12" 'cert = /kept.crt' '# the end'
! grep -q '^as' $conf || fail "$label: the role that was taken back is there"
[ "$(grep -c '^lang' $conf)" = 1 ] || fail "$label: lang twice"
cp $conf before
answers 2 2 clerk 0 1 1 yes
row 'twice is once' 0 "$KYSO" setup
same $conf before
answers 2 2 clerk 1 2 1 no
row 'a no' 0 "$KYSO" setup
says_err 'nothing was written'
same $conf before
answers 2 2 clerk
row 'the answers end' 9 "$KYSO" setup
says_err 'nothing was written'
same $conf before
answers 2 77 x -1 3x 100 100
row 'numbers that there are not' 9 "$KYSO" setup
says_err 'A number from 0 to'
same $conf before
answers 2 2 'two words' 'a]b' 'key' 1 1 1 no
row 'names that no section can have' 0 "$KYSO" setup
says_err 'One word'
answers 2 2 clerk 1 2 2
row 'dry run' 0 "$KYSO" setup --dry-run
says '^form = asics$'
same $conf before

ln -s ../../real.conf home/.config/link
mv $conf home/real.conf
ln -s ../../real.conf $conf
answers 2 2 clerk 1 1 1 yes
row 'a link stays a link' 0 "$KYSO" setup
[ -L $conf ] || fail "$label: replaced"
grep -q '^as = person' home/real.conf || fail "$label: not written where it points"

echo 'jons = 1' > home/real.conf
answers 2 2 clerk 1 1 1 yes
row 'a configuration that is broken is mended first' 10 "$KYSO" setup
says_err 'jobs'

if [ -n "${P11FAKE_SO:-}" ] && [ -e "$P11FAKE_SO" ]; then
	"$SOURCE/tests/p11/make-token" "$work/token" "$K" 'KYSO' 246810 person
	export SOFTHSM2_CONF=$work/token/softhsm2.conf
	: > home/real.conf
	answers 2 1 '' 1 1 1 yes
	row 'a token' 0 "$KYSO" setup --module "$P11FAKE_SO"
	grep -q '^uri = pkcs11:' home/real.conf || { fail "$label: no token's key"; cat "$work/err"; }
	grep -q "^module = $P11FAKE_SO" home/real.conf || fail "$label: no module"
fi
if [ "$(id -u)" != 0 ]; then
	chmod 500 home
	answers 2 0 1 1 yes
	row 'a folder that cannot be written' 7 "$KYSO" setup
	chmod 700 home
fi
row 'not a choice: an option that there is not' 64 "$KYSO" setup --yes

finish
