# The prompt on a terminal: says what is signed, shows no PIN, asks once, and gives the terminal back.
. "$SOURCE/tests/cli/lib.bash"
command -v expect > /dev/null || { echo 'expect is not installed'; skip; }
echo text > a.txt; echo more > b.txt

# talk ANSWER-EXPRESSION COMMAND...: the whole conversation into out
talk() {
	local want=$1 answer=$2
	label=$3
	shift 3
	expect -f - > out 2>&1 <<- END
		set timeout 20
		spawn $*
		expect {
			-re {(PIN|p12|fingerprint): } { send "$answer" }
			timeout { puts HUNG; catch { exec kill [exp_pid] }; exit 99 }
		}
		expect { eof {} timeout { puts HUNG; catch { exec kill [exp_pid] }; exit 99 } }
		catch wait result
		exit [lindex \$result 3]
	END
	local got=$?
	[ "$got" = "$want" ] || { fail "$label: exit $got, not $want"; cat out; }
	! grep -qF -- "$pin" out || fail "$label: the PIN is on the screen"
	[ "$(grep -o 'PIN: ' out | wc -l)" -le 1 ] || fail "$label: asked twice"
}
talk 0 "$pin\\r" 'signs two' "$KYSO" sign -k "$K/person.p12" --as person -o out1/ a.txt b.txt
says 'Sign 2 documents \(10 B\) with the key Nguyễn Văn Mẫu, role person, valid until 01/01/2050'
there out1/a.txt.asice out1/b.txt.asice
talk 0 "$pin\\r" 'in Vietnamese' "$KYSO" sign --lang vi -k "$K/person.p12" -o out2/ a.txt b.txt
says 'Ký 2 văn bản \(10 B\) với khóa Nguyễn Văn Mẫu, hết hạn 01/01/2050'
talk 8 'wrong\r' 'wrong PIN' "$KYSO" sign -k "$K/person.p12" -o out3/ a.txt b.txt
absent out3/a.txt.asice
talk 8 '\r' 'no PIN' "$KYSO" sign -k "$K/person.p12" -o out3/ a.txt
talk 9 '\003' 'interrupted' "$KYSO" sign -k "$K/person.p12" -o out3/ a.txt
absent out3/a.txt.asice
talk 0 "$pin\\r" 'key check' "$KYSO" key check "$K/person.p12"

fp=$(openssl x509 -in "$K/root.crt" -noout -fingerprint -sha256 | sed 's/.*=//' | tr -d : | tr A-F a-f)
talk 64 'yes\r' 'yes is no confirmation' "$KYSO" trust add "$K/root.crt"
absent home/.config/kyso/trust/anchors
talk 64 "${fp:0:7}\\r" 'seven digits are not eight' "$KYSO" trust add "$K/root.crt"
talk 0 "${fp:0:8}\\r" 'eight digits' "$KYSO" trust add "$K/root.crt"
[ -n "$(find home/.config/kyso/trust/anchors -type f)" ] || fail 'eight digits: not added'

# after Ctrl-C at the prompt the terminal echoes again
label='echo is back'
expect -f - > out 2>&1 <<- END
	set timeout 20
	spawn bash -c "'$KYSO' sign -k '$K/person.p12' a.txt; stty -a"
	expect -re {PIN: }
	send "\003"
	expect eof
END
grep -q ' echo ' out || { fail "$label"; cat out; }

label='messages keep words whole'
expect -f - > out 2>&1 <<- END
	set timeout 20
	spawn bash -c "stty cols 60; '$KYSO' sign -k nothere a.txt"
	expect eof
END
grep -v '^spawn' out | tr -d '\r' > told
[ -z "$(grep -E '^.{61,}' told)" ] && grep -q '^      [^ ]' told || { fail "$label"; cat told; }
finish
