# --watch: hot folders for signing and verifying, their restart, and what the units of systemd start.
source "$(dirname "$0")/lib.bash"

# watch COMMAND...: in the background; output in out and err
watch() {
	"$KYSO" "$@" > "$work/out" 2> "$work/err" < /dev/null &
	watcher=$!
}

# comes PATH...: within some seconds
comes() {
	local f tries
	for f; do
		for ((tries = 0; tries < 100; tries++)); do
			[ -e "$f" ] && continue 2
			sleep 0.1
		done
		fail "$label: $f does not come"
		sed 's/^/  | /' "$work/err"
	done
}

# stops SIGNAL EXIT
stops() {
	local got tries
	[ "$1" = none ] || kill -s "$1" "$watcher"
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$watcher" 2> /dev/null || break
		sleep 0.1
	done
	kill -KILL "$watcher" 2> /dev/null && fail "$label: does not stop"
	wait "$watcher"
	got=$?
	[ "$got" = "$2" ] || { fail "$label: exit $got, not $2"; sed 's/^/  | /' "$work/out" "$work/err"; }
	! grep -qF -- "$pin" "$work/out" "$work/err" || fail "$label: the PIN is in the output"
	! grep -q 'ERROR: .*Sanitizer\|runtime error:' "$work/err" || fail "$label: $(grep -m1 'Sanitizer\|runtime error' "$work/err")"
}

count() { find "$1" -type f -name "$2" | wc -l; }
is() { [ "$1" = "$2" ] || fail "$label: $1, not $2"; }

sign="sign -k $K/person.p12 $secret --settle 1"
verify="verify $trust --revocation if-available --settle 1"

# ---- signing ----

label='sign: what is there, what comes, what fails'
mkdir -p in/sub
echo one > in/one.txt
echo bad > 'in/a\b.txt'
echo half > in/fetched.part
: > in/empty.txt
watch $sign --watch -r -o signed in
comes signed/one.txt.asice 'in/failed/a\b.txt.reason.txt'
echo two > in/two.txt
mkdir -p in/new/deep
echo three > in/new/deep/three.txt
mv in/fetched.part in/fetched.txt
comes signed/two.txt.asice signed/new/deep/three.txt.asice signed/fetched.txt.asice
there 'in/failed/a\b.txt' in/one.txt
absent 'in/a\b.txt' signed/empty.txt.asice 'signed/failed'
grep -q SIGN_E_NAME 'in/failed/a\b.txt.reason.txt' || fail "$label: the reason does not tell the code"
kill -USR1 "$watcher"
sleep 0.5
grep -q 'files/s.*last: in/' "$work/err" || fail "$label: no status line"
sleep 0.5
"$KYSO" show -v signed/.kyso-sign.journal | grep -q two.txt || fail "$label: the journal lags behind"
stops TERM 9
no_traces

label='sign: a name that is taken in failed/'
echo bad again > 'in/a\b.txt'
echo four > in/four.txt
before=$(stat -c %Y.%i signed/one.txt.asice)
watch $sign --watch -r -o signed in
comes 'in/failed/a\b.txt.1.reason.txt' signed/four.txt.asice
stops HUP 9
is "$(cat 'in/failed/a\b.txt')" bad
is "$(stat -c %Y.%i signed/one.txt.asice)" "$before"

label='sign: without the journal nothing is signed twice'
rm signed/.kyso-sign.journal
echo five > in/five.txt
watch $sign --watch -r -o signed in
comes signed/five.txt.asice
stops TERM 9
is "$(stat -c %Y.%i signed/one.txt.asice)" "$before"
is "$(count signed '*.asice')" 6
is "$(count in/failed '*.txt.reason.txt')" 1

label='sign: a document that was changed after it was signed goes aside'
watch $sign --watch -r -o signed in
echo changed > in/one.txt
comes in/failed/one.txt.reason.txt
grep -q SIGN_E_CHANGED_SINCE in/failed/one.txt.reason.txt || fail "$label: $(cat in/failed/one.txt.reason.txt)"
is "$(stat -c %Y.%i signed/one.txt.asice)" "$before"
stops TERM 9

label='sign: killed, and nothing is lost or done twice'
mkdir in2
for i in $(seq 200); do echo "$i" > "in2/$i.txt"; done
watch $sign --watch -o out2 in2
for ((tries = 0; tries < 100; tries++)); do [ "$(count . '*.txt.asice')" -gt 20 ] && break; sleep 0.05; done
kill -KILL "$watcher"
wait "$watcher" 2> /dev/null
watch $sign --watch -o out2 in2
for ((tries = 0; tries < 200; tries++)); do [ "$(count out2 '*.asice')" = 200 ] && break; sleep 0.1; done
stops TERM 9
is "$(count out2 '*.asice')" 200
absent in2/failed
row 'what the killed one left is valid' 0 "$KYSO" verify -q $trust --revocation if-available out2

label='sign: a reason in Vietnamese'
mkdir in3
echo bad > 'in3/a\b.txt'
watch $sign --lang vi --watch -o out3 in3
comes 'in3/failed/a\b.txt.reason.txt'
stops TERM 9
grep -q 'Không mở' 'in3/failed/a\b.txt.reason.txt' || fail "$label: $(cat 'in3/failed/a\b.txt.reason.txt')"

# ---- what is no document's fault ----

label='key: a wrong passphrase moves nothing'
echo wrong > wrong.txt
chmod 600 wrong.txt
mkdir in4
echo text > in4/a.txt
watch sign -k "$K/person.p12" --pin-file wrong.txt --watch -o out4 in4
stops none 8
there in4/a.txt
absent in4/failed out4/a.txt.asice

label='key: an expired certificate moves nothing'
watch sign -k "$K/expired.p12" $secret --watch -o out4 in4
stops none 8
there in4/a.txt
absent in4/failed

label='outputs cannot be written: the watch ends, the document stays'
if [ "$(id -u)" != 0 ]; then
	mkdir -m 500 out5
	watch $sign --no-journal --watch -o out5 in4
	stops none 7
	there in4/a.txt
	absent in4/failed
fi

label='the folder goes'
mkdir in6
watch $sign --watch -o out6 in6
sleep 1
rmdir in6
stops none 7

row 'a second watch on one folder' 0 mkdir in7
watch $sign --watch -o out7 in7
comes out7/.kyso-sign.journal
label='a second watch on one folder'
timeout 20 "$KYSO" $sign --watch -o out7 in7 2> err2
is $? 7
grep -q 'Another kyso' err2 || fail "$label: $(cat err2)"
stops TERM 9

# ---- verifying ----

label='verify: valid stays, the rest goes aside with its report'
mkdir inbox
cp signed/one.txt.asice inbox/good.asice
printf 'PK\003\004broken' > inbox/broken.asice
echo plain > inbox/plain.txt
watch $verify --watch inbox
comes inbox/failed/broken.asice.reason.txt
cp signed/two.txt.asice tampered
printf 'X' | dd of=tampered bs=1 seek=60 conv=notrunc 2> /dev/null
mv tampered inbox/tampered.asice
comes inbox/failed/tampered.asice
sleep 2
stops TERM 9
there inbox/good.asice inbox/plain.txt
there inbox/failed/tampered.asice.re*.txt

label='verify: a report goes with it'
mkdir inbox2
cp signed/two.txt.asice inbox2/unknown.asice
watch verify --trust "$K/other-trust" --settle 1 --watch inbox2
comes inbox2/failed/unknown.asice.report.json
grep -q NO_CERTIFICATE_CHAIN inbox2/failed/unknown.asice.report.json || fail "$label: JSON"
there inbox2/failed/unknown.asice.report.txt
absent inbox2/unknown.asice
stops TERM 9

label='verify: what was judged is not judged again'
watch $verify --watch --report jsonl inbox
cp signed/four.txt.asice inbox/later.asice
for ((tries = 0; tries < 100; tries++)); do grep -q later.asice "$work/out" && break; sleep 0.1; done
stops TERM 9
grep -q later.asice "$work/out" || fail "$label: the later one is not told"
! grep -q good.asice "$work/out" || fail "$label: judged again"

label='verify: --valid-to, and a detached signature takes its document along'
mkdir inbox3
echo text > d.txt
row "$label: prepared" 0 "$KYSO" sign -q -k "$K/person.p12" $secret -f p7s d.txt
label='verify: --valid-to, and a detached signature takes its document along'
cp d.txt d.txt.p7s inbox3
echo other > inbox3/e.txt
cp d.txt.p7s inbox3/e.txt.p7s
cp signed/one.txt.asice inbox3
watch $verify --watch --valid-to good inbox3
comes good/d.txt good/d.txt.p7s good/one.txt.asice inbox3/failed/e.txt inbox3/failed/e.txt.p7s
stops TERM 9
is "$(find inbox3 -maxdepth 1 -type f | wc -l)" 0

label='verify: --all wants a signature on everything'
echo plain > inbox3/plain.txt
watch $verify --all --watch --valid-to good inbox3
comes inbox3/failed/plain.txt.reason.txt
stops TERM 9

# ---- configuration, as the units start it ----

label='profile'
mkdir -p home/.config/kyso desk
cat > home/.config/kyso/kyso.conf <<-END
	[profile desk]
	key = clerk
	watch = $work/desk
	output = $work/desk-out
	settle = 1
	[key clerk]
	uri = $K/person.p12
	END
echo text > desk/a.txt
exec_start=$(sed -n 's/^ExecStart=//p' "$SOURCE/cli/systemd/kyso-sign@.service.in")
mkdir credentials
cp "$K/pin.txt" credentials/kyso-pin
chmod 600 credentials/kyso-pin
# what systemd makes of the line: %i the instance, %d the folder of the credentials
exec_start=${exec_start//%i/desk}
exec_start=${exec_start//%d/$work/credentials}
exec_start=${exec_start/@CMAKE_INSTALL_FULL_BINDIR@\/kyso/}
watch $exec_start
comes desk-out/a.txt.asice
stops TERM 9

row 'no folder' 64 "$KYSO" $sign --watch
says_err 'needs a folder'
row 'two folders' 64 "$KYSO" $sign --watch in signed
row 'no watch' 64 "$KYSO" $sign --settle 1 in
says_err 'go with --watch'
row 'force' 64 "$KYSO" $sign --watch --force in
row 'dry run' 64 "$KYSO" $sign --watch --dry-run in
row 'bundle' 64 "$KYSO" sign -k "$K/person.p12" $secret --watch --bundle x.asice in
row 'no such folder' 7 "$KYSO" $sign --watch -o out9 missing
row 'a file' 7 "$KYSO" $sign --watch -o out9 d.txt

# ---- SIGUSR1 without a watch ----

label='SIGUSR1 does not end an ordinary run'
mkdir big
for i in $(seq 300); do echo "$i" > "big/$i"; done
watch sign -k "$K/person-rsa4096.p12" $secret -o big-out big
sleep 0.3
for ((tries = 0; tries < 100; tries++)); do
	kill -USR1 "$watcher" 2> /dev/null || break
	sleep 0.1
done
stops none 0
grep -q 'files/s' "$work/err" || fail "$label: no status line"
is "$(count big-out '*.asice')" 300

finish
