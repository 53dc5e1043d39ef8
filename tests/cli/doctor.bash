# kyso doctor: what it finds, what it advises, and what a monitor reads.
source "$(dirname "$0")/lib.bash"
mkdir -p home/.config/kyso home/.local/state
conf=home/.config/kyso/kyso.conf

# configured LINES: of the user's file
configured() { printf '%s\n' "$@" > $conf; chmod 600 $conf; }
# finds ID STATE: in the report of the row before
finds() { grep -q "\"id\":\"$1\",\"state\":\"$2\"" "$work/out" || { fail "$label: not $1 $2"; sed 's/^/  | /' "$work/out"; }; }
finds_not() { ! grep -q "\"id\":\"$1\",\"state\":\"$2\"" "$work/out" || fail "$label: $1 $2"; }
json="doctor --report jsonl"

row 'nothing configured' 0 "$KYSO" doctor
says 'kyso setup'
says 'nobody is trusted'
says 'Warnings: [0-9]'

configured "trust = $K/trust" '[key clerk]' "uri = $K/person.p12" "pin-file = $K/pin.txt"
row 'a good key' 0 "$KYSO" $json
finds config.file ok
finds key.fit ok
finds key.dates ok
finds trust.anchors ok
finds clock.past ok
finds disk.state ok
[ "$(date +%Y)" -ge 2029 ] || finds data.version ok # later it says, rightly, that the data is old
finds words.charset ok
python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$work/out" || fail "$label: not JSON lines"
row 'a good key, as an array' 0 "$KYSO" doctor --report json
python3 -c 'import json,sys; assert len(json.load(open(sys.argv[1]))) > 5' "$work/out" || fail "$label: not JSON"

configured '[key clerk]' "uri = $K/person.p12"
row 'a locked key is no fault, and its passphrase is not asked for' 0 "$KYSO" $json
finds key.fit ok
finds key.dates ok

for key in expired notyet; do
	configured '[key clerk]' "uri = $K/$key.p12" "pin-file = $K/pin.txt"
	row "$key" 8 "$KYSO" $json
	finds key.dates fail
done
configured '[key clerk]' "uri = $K/wrong-usage.p12" "pin-file = $K/pin.txt"
row 'wrong usage' 8 "$KYSO" $json
finds key.fit fail
configured '[key clerk]' "uri = $K/missing.p12"
row 'a key that is gone' 8 "$KYSO" $json
finds key.fit fail
configured '[key clerk]' "uri = $K/mismatch.pem" "pin-file = $K/pin.txt"
row 'a key with the certificate of another' 8 "$KYSO" $json
finds key.fit fail
cp "$K/person.p12" open.p12
cp "$K/pin.txt" open-pin
chmod 644 open.p12 open-pin
configured '[key clerk]' "uri = $work/open.p12" "pin-file = $work/open-pin"
row 'others can read key and PIN' 0 "$KYSO" $json
finds key.rights warn
says_not "$pin"
configured '[key clerk]' 'uri = pkcs11:token=none' 'module = /nowhere/missing.so'
row 'no such module' 8 "$KYSO" $json
finds token.module fail

if command -v faketime > /dev/null && [ -z "${ASAN_OPTIONS+x}" ] && ! nm -D "$KYSO" 2> /dev/null | grep -q __asan_init; then
	configured '[key clerk]' "uri = $K/person.p12" "pin-file = $K/pin.txt"
	row 'a clock that is behind' 8 faketime '2001-01-01' "$KYSO" $json
	finds clock.past fail
fi

configured 'jons = 3'
row 'an unknown word in the configuration' 10 "$KYSO" $json
finds config.file fail
row 'and in words' 10 "$KYSO" doctor
says 'jobs'
configured 'jobs = 3'
chmod 666 $conf
row 'others can change the configuration' 10 "$KYSO" $json
finds config.file fail

mkdir store
cp "$K/trust/"* store 2> /dev/null
echo 'no certificate' > store/bad.pem
configured "trust = $work/store"
row 'a damaged store' 10 "$KYSO" $json
finds trust.store fail

configured 'watch = /proc/nowhere/in' 'output = /proc/nowhere/out'
row 'outputs cannot be written' 7 "$KYSO" $json
finds disk.output fail

configured 'lang = vi'
row 'in Vietnamese' 0 "$KYSO" doctor
says 'cảnh báo'
row 'in the C locale' 0 env LC_ALL=C "$KYSO" $json
finds words.charset warn
row 'quiet' 0 "$KYSO" doctor -q
says_not '^ok'
row 'paths' 64 "$KYSO" doctor x
row 'a report that is there' 7 "$KYSO" doctor --report jsonl:$conf

finish
