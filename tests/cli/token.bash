# Tokens: SoftHSM behind a module that makes faults. One login a run, a wrong PIN once, a pulled token resumed.
. "$SOURCE/tests/cli/lib.bash"
[ -n "${P11FAKE_SO:-}" ] || { echo 'built without tokens'; skip; }
token=$work/token
token_pin=246810
"$SOURCE/tests/p11/make-token" "$token" "$K" 'KYSO Mẫu' $token_pin person person-ec
code=$?
[ "$code" != 77 ] || { echo 'no SoftHSM here'; skip; }
[ "$code" = 0 ] || { fail 'make-token'; finish; }
export SOFTHSM2_CONF=$token/softhsm2.conf P11FAKE_LOG=$work/p11.log P11FAKE_PIN=$token_pin
uri='pkcs11:token=KYSO%20M%E1%BA%ABu'
module="--module $P11FAKE_SO"
printf '%s' $token_pin > pin.txt
printf 135791 > wrong.txt
chmod 600 pin.txt wrong.txt
pin=$token_pin # what no output may hold

# count LINE N: how often it is in the module's log since the last count
count() {
	local n
	n=$(grep -cx -- "$1" "$P11FAKE_LOG" 2> /dev/null)
	[ "${n:-0}" = "$2" ] || fail "$label: \"$1\" ${n:-0} times, not $2"
}
token_row() { # token_row FAULTS LABEL EXIT COMMAND...
	local faults=$1
	shift
	rm -f "$P11FAKE_LOG"
	P11FAKE=$faults row "$@"
}
mkdir docs
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "text $i" > docs/$i.txt; done
sign() { # sign FAULTS LABEL EXIT ARGUMENT...: the folder, with the RSA key
	local faults=$1 name=$2 want=$3
	shift 3
	# shellcheck disable=SC2086
	token_row "$faults" "$name" "$want" "$KYSO" sign -k "$uri;id=%01" $module docs -o sealed/ "$@"
}
signed() { find sealed -name '*.asice' 2> /dev/null | wc -l; }
clean() { rm -rf sealed home/.local; }

# ---- signing ----
sign '' 'a folder, one PIN' 0 --pin-file pin.txt -j 2
count login 1
[ "$(signed)" = 12 ] || fail "$label: $(signed) signed"
# shellcheck disable=SC2086
row 'what a token signed holds'     0 "$KYSO" verify $trust sealed
clean
sign 'sessions=1' 'one session for two workers' 0 --pin-file pin.txt -j 2
count session 1; count login 1
clean
sign 'always' 'a key that asks each time' 0 --pin-file pin.txt -j 2
count login 1; count 'login context' 13
clean
sign 'pinpad' 'typed on the reader' 0
says_err 'Nguyễn Văn Mẫu.* on the reader'; count 'login pad' 1; count login 0
clean
sign '' '--scheme pss' 0 --pin-file pin.txt --scheme pss
# shellcheck disable=SC2086
row 'PSS of a token holds'          0 "$KYSO" verify $trust sealed
clean
# shellcheck disable=SC2086
token_row '' 'ECDSA' 0 "$KYSO" sign -k "$uri;object=person-ec" $module --pin-file pin.txt docs/1.txt -o ec.asice
# shellcheck disable=SC2086
row 'ECDSA of a token holds'        0 "$KYSO" verify $trust ec.asice

# ---- pulled out ----
sign 'remove=6' 'pulled out' 8 --pin-file pin.txt -j 2
says_err 'pulled out'; no_traces sealed
first=$(signed)
[ "$first" -ge 4 ] && [ "$first" -lt 12 ] || fail "$label: $first signed"
sign '' 'plugged in again' 0 --pin-file pin.txt -j 2
[ "$(signed)" = 12 ] || fail "$label: $(signed) signed"
count sign $((13 - first))
# shellcheck disable=SC2086
row 'all of them hold'              0 "$KYSO" verify $trust sealed
clean

# ---- PINs ----
sign 'then-final' 'wrong PIN' 8 --pin-file wrong.txt
says_err 'one try is left'; count login 1
sign '' 'the same PIN file again' 8 --pin-file wrong.txt
says_err 'refused this very PIN'; count login 0
cp wrong.txt wrong-too.txt
sign '' 'the same PIN in another file, after a restart' 8 --pin-file wrong-too.txt
count login 0
sign '' 'the same PIN from a descriptor' 8 --pin-fd 9 9< wrong.txt
count login 0
[ "$(stat -c %a home/.local/state/kyso/refused-pins)" = 600 ] || fail 'the record: others may read it'
! grep -qF "$(cat wrong.txt)" home/.local/state/kyso/refused-pins || fail 'the record: holds the PIN'
token_row '' 'elsewhere by XDG_STATE_HOME' 8 env XDG_STATE_HOME="$work/state" "$KYSO" sign -k "$uri;id=%01" \
	--module "$P11FAKE_SO" --pin-file wrong.txt docs -o sealed/
there state/kyso/refused-pins
token_row '' 'a service without a home' 8 env -u HOME STATE_DIRECTORY="$work/service" "$KYSO" sign -k "$uri;id=%01" \
	--module "$P11FAKE_SO" --pin-file wrong.txt docs -o sealed/
there service/refused-pins
printf x > no-folder
token_row '' 'no place to remember' 7 env XDG_STATE_HOME="$work/no-folder" "$KYSO" sign -k "$uri;id=%01" \
	--module "$P11FAKE_SO" --pin-file wrong.txt docs -o sealed/
count login 0
sign '' 'the right PIN' 0 --pin-file pin.txt
[ ! -s home/.local/state/kyso/refused-pins ] || fail "$label: still remembered"
clean
sign 'final' 'the last try needs a word' 8 --pin-file pin.txt
says_err '--final-try'; count login 0
sign 'final' 'the last try with it' 0 --pin-file pin.txt --final-try
count login 1
clean
sign 'locked' 'locked' 8 --pin-file pin.txt --final-try
says_err 'has locked its PIN'; count login 0
sign 'then-locked' 'locked by this try' 8 --pin-file wrong.txt
says_err 'has locked its PIN'
clean
token_row '' 'no PIN' 8 setsid "$KYSO" sign -k "$uri;id=%01" --module "$P11FAKE_SO" docs -o sealed/
count login 0
[ "$(signed)" = 0 ] || fail "$label: signed all the same"

# ---- which key, which module ----
row 'no module'                     8 "$KYSO" sign -k "$uri;id=%01" --pin-file pin.txt docs/1.txt
says_err '--module'
row 'no such module'                8 "$KYSO" sign -k "$uri;id=%01" --module /nowhere.so --pin-file pin.txt docs/1.txt
# shellcheck disable=SC2086
row 'no such token'                 8 "$KYSO" sign -k 'pkcs11:token=other' $module --pin-file pin.txt docs/1.txt
says_err 'No token is plugged in'
# shellcheck disable=SC2086
row 'no such key'                   8 "$KYSO" sign -k "$uri;id=%07" $module --pin-file pin.txt docs/1.txt
# shellcheck disable=SC2086
row 'two keys'                     64 "$KYSO" sign -k "$uri" $module --pin-file pin.txt docs/1.txt
# shellcheck disable=SC2086
row 'a PIN in the URI'             64 "$KYSO" sign -k "$uri;id=%01?pin-value=$token_pin" $module docs/1.txt
# shellcheck disable=SC2086
row 'a module in the URI'          64 "$KYSO" sign -k "$uri;id=%01?module-path=/tmp/x.so" $module --pin-file pin.txt docs/1.txt
absent docs/1.txt.asice

# ---- listing and the configuration ----
# shellcheck disable=SC2086
token_row 'low' 'key list' 0 "$KYSO" key list $module
says '^token KYSO Mẫu, .*few tries'; says 'id=%01'; says 'id=%02'; says 'holder Nguyễn Văn Mẫu'; says 'key EC P-256'
says_not 'issuing CA.*holder'; count login 0
found=$(grep -m1 'id=%01' out)
# shellcheck disable=SC2086
token_row '' 'key check by a pasted URI' 0 "$KYSO" key check $module --pin-file pin.txt "$found"
says 'RSA 3072'
# shellcheck disable=SC2086
token_row '' 'key list: json' 0 "$KYSO" key list $module --report json:list.json
jq -e 'length == 2 and all(.pin == "ready" and .token == "KYSO Mẫu" and (.uri | startswith("pkcs11:")))' list.json > /dev/null ||
	fail "$label: $(cat list.json)"
mkdir -p home/.config/kyso
cat > home/.config/kyso/kyso.conf << END
[key so-mau]
uri = $uri;id=%01
module = $P11FAKE_SO
pin-file = $work/pin.txt
as = person
END
token_row '' 'a configured token' 0 "$KYSO" sign -k so-mau docs -o sealed/
count login 1
token_row '' 'key list: a configured token' 0 "$KYSO" key list
says 'so-mau \(person\): pkcs11:'; says 'token KYSO Mẫu, PIN ready'; count login 0
token_row '' 'another key of the configured module' 0 "$KYSO" key check "$uri;id=%02" --pin-file pin.txt
sed -i 's|^module.*|module = no-such-module.so|' home/.config/kyso/kyso.conf
row 'key list: the module is gone' 8 "$KYSO" key list
says 'no-such-module.so'
finish
