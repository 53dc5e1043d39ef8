# Keys and PINs: each refusal is exit 8, tried once, and leaves no output.
. "$SOURCE/tests/cli/lib.bash"
echo text > a.txt
printf wrong > wrong.txt

refused() { row "$@"; absent a.txt.asice; no_traces; }
sign() { refused "$1" 8 "$KYSO" sign -k "$K/$2" $secret a.txt; }
refused 'wrong PIN'             8 "$KYSO" sign -k "$K/person.p12" --pin-file wrong.txt a.txt
[ "$(grep -c . "$work/err")" = 2 ] || fail 'wrong PIN: told more than once'
refused 'no PIN'                8 setsid "$KYSO" sign -k "$K/person.p12" a.txt
sign 'expired'                  expired.p12
says_err '31/12/2021|01/01/2022'
sign 'not yet valid'            notyet.p12
sign 'wrong usage'              wrong-usage.p12
sign 'weak'                     weak.p12
sign 'wrong kind'               ed25519.p12
sign 'key of another'           mismatch.pem
sign 'no key'                   agency.crt
sign 'no such key'              nokey.p12
refused 'damaged'               8 "$KYSO" sign -k a.txt $secret a.txt
refused 'no key named'          8 "$KYSO" sign a.txt
cp "$K/person-plain.pem" open.pem
chmod 666 open.pem
refused 'others can write it'   8 "$KYSO" sign -k open.pem a.txt
refused 'missing PIN file'      7 "$KYSO" sign -k "$K/person.p12" --pin-file nofile a.txt
: > empty.txt
refused 'empty PIN file'        8 "$KYSO" sign -k "$K/person.p12" --pin-file empty.txt a.txt
head -c 100000 /dev/zero | tr '\0' x > huge.txt
row 'huge PIN file'             5 "$KYSO" sign -k "$K/person.p12" --pin-file huge.txt a.txt
absent a.txt.asice

row '--pin-fd'                  0 bash -c "'$KYSO' sign -k '$K/person.p12' --pin-fd 9 -o fd.asice a.txt 9< '$K/pin.txt'"
printf '%s\r\n' "$pin" > crlf.txt
chmod 644 crlf.txt
row 'PIN with CR LF'            0 "$KYSO" sign -k "$K/person.p12" --pin-file crlf.txt -o crlf.asice a.txt
says_err 'chmod 600'
row 'advice about old files'    0 "$KYSO" sign -k "$K/old.p12" $secret -o old.asice a.txt
says_err 'old way'; says_not 'old-encryption'
cp "$K/person-plain.pem" read.pem; chmod 644 read.pem
row 'advice in Vietnamese'      0 "$KYSO" sign --lang vi -k read.pem -o read.asice a.txt
says_err 'đọc được tệp khóa'
row 'a name that is none'       8 "$KYSO" key list nothere
says_err 'neither a configured name nor a file'
row 'a path that is none'       8 "$KYSO" sign -k keys/nothere.p12 a.txt
says_err 'no such file'
row 'no key at all'             8 "$KYSO" sign a.txt
says_err 'No key was named. Name one with -k'
for key in old.p12 person-ec.p12 person-p384.pem person-p521.p12 person-rsa2048.pem file:$K/person-rsa4096.p12; do
	[ "${key#file:}" = "$key" ] && key=$K/$key
	rm -f k.asice # what another certificate signed is never replaced
	row "signs: $key"       0 "$KYSO" sign -k "$key" $secret -o k.asice a.txt
	row "verifies: $key"    0 "$KYSO" verify $trust k.asice
done

row 'key check: fit'            0 "$KYSO" key check -k "$K/person.p12" $secret
says 'fit to sign'
row 'key check: expired'        8 "$KYSO" key check "$K/expired.p12" $secret
row 'key check: two'           64 "$KYSO" key check a b
row 'key list: a locked key'    0 "$KYSO" key list "$K/person.p12"
says 'Nguyễn Văn Mẫu'
row 'key list: json'            0 "$KYSO" key list --report json "$K/person-plain.pem"
says '"sha256":"[0-9a-f]{64}"'
row 'key list: not a key'       8 "$KYSO" key list a.txt
finish
