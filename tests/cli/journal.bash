# The journal: the same command goes on where it stopped, repeats nothing, and believes outputs more than its notes.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign -k $K/person.p12 $secret"
J=signed/.kyso-sign.journal
mkdir in
for i in $(seq 1 60); do echo "document $i" > "in/Công văn $i.txt"; done
outputs() { (cd signed && find . -name '*.asice' -exec sha256sum {} + | sort); }

row 'a folder keeps a journal'   0 $S -o signed in
says '^Signed 60 documents'; there $J; absent $J-wal $J-shm; no_traces
outputs > first
row 'again: nothing to do'       0 $S -o signed in
says '^Signed 0 documents'; says '^Already signed: 60.$'
row 'from another folder'        0 sh -c "cd in && exec $S -o ../signed ../in"
says '^Already signed: 60.$'
row 'journal deleted'            0 sh -c "rm $J && exec $S -o signed in"
says '^Already signed: 60.$'; there $J
row 'it says what it adopted'    0 $KYSO show $J
says 'signed already 60'
rm "signed/Công văn 5.txt.asice"
row 'an output deleted'          0 $S -o signed in
says '^Signed 1 document'; says '^Already signed: 59.$'
echo junk > "signed/Công văn 6.txt.asice"
row 'an output overwritten'      7 $S -o signed in
says_err 'Công văn 6.txt.asice" is there already'
row 'put right by force'         0 $S --force -o signed "in/Công văn 6.txt"
row 'single files keep none'     0 $S -o single/ "in/Công văn 6.txt"
absent single/.kyso-sign.journal
row '--no-journal'               0 $S --no-journal -o quiet in
absent quiet/.kyso-sign.journal
row '--journal FILE'             0 $S --journal mine.journal -o other in
there mine.journal; absent other/.kyso-sign.journal
row '--journal where nothing is' 7 $S --journal nowhere/mine.journal -o other in
row '--journal without a name'  64 $S --journal
row 'beside the documents'       0 $S in
there in/.kyso-sign.journal
row 'a wrong PIN leaves none'    8 $KYSO sign -k "$K/person.p12" --pin-file /dev/null -o nopin in
absent nopin
row 'dry run leaves none'        0 $KYSO sign --dry-run -o dry in
absent dry

# changed inputs
echo more >> "in/Công văn 7.txt"
touch -d '2001-02-03' "in/Công văn 8.txt"
row 'changed since'              7 $S -o signed in
says_err 'Công văn 7.txt" was changed after it was signed.*--again --force'
says '^FAILED: 1.$'; says '^Already signed: 59.$'
row 'changed since, still'       7 $S -o signed in
row 'the journal says so'        0 $KYSO show --report jsonl $J
says '"code":"SIGN_E_CHANGED_SINCE"'
row '--again alone'              7 $S --again -o signed "in/Công văn 7.txt" in
row 'signed anew'                0 $S --again --force -o signed in
says '^Signed 60 documents'
row 'it verifies'                0 $KYSO verify $trust "signed/Công văn 7.txt.asice"
row 'and is known'               0 $S -o signed in
says '^Already signed: 60.$'

# another certificate is another run; in place the container is the document
A="$KYSO sign --add -k $K/agency.p12 $secret --as agency $trust"
row 'the agency adds'            0 $A -o both signed
row 'the agency, again'          0 $A -o both signed
says '^Already signed: 60.$'
row 'without its journal'        0 sh -c "rm both/.kyso-sign.journal && exec $A -o both signed"
says '^Already signed: 60.$'
row 'in place'                   0 $A --in-place signed
says '^Signed 60 documents'
row 'in place, again'            0 $A --in-place signed
says '^Already signed: 60.$'
row 'the person, after it'       0 $S -o signed in
says '^Already signed: 60.$'

# damaged, of another version, in use
cp $J sound.kept
refused() { # LABEL
	cp $J damaged.kept
	row "$1" 7 $S -o signed in
	says_err 'journal "signed/.kyso-sign.journal" cannot be used.*Move it away'
	same $J damaged.kept
	rm -f $J; cp sound.kept $J
}
truncate -s 5000 $J; refused 'cut'
printf 'X' | dd of=$J conv=notrunc bs=1 seek=5 status=none; refused 'magic'
printf '\x00\x00\x00\x09' | dd of=$J conv=notrunc bs=1 seek=60 status=none; refused 'another version'
dd if=/dev/zero of=$J conv=notrunc bs=1024 seek=1 count=12 status=none; refused 'zeros'
echo text > $J; refused 'a text'
rm $J; ln -s ../sound.kept $J; refused 'a symbolic link'

row 'moved away'                 0 sh -c "mv $J away && exec $S -o signed in"
says '^Already signed: 60.$'
exec 9<> $J
flock 9
row 'in use'                     7 $S -o signed in
says_err 'Another kyso is working'
flock -u 9
exec 9>&-

# a folder that takes no journal is a warning
if [ "$(id -u)" != 0 ]; then
	mkdir closed && cp in/*.txt closed && mkdir done
	chmod a-w closed
	row 'a folder without right' 7 $S closed
fi
rm -rf in2 out2; mkdir in2 out2; cp in/*1.txt in2
mkdir out2/.kyso-sign.journal
row 'a folder of that name'      0 $S -o out2 in2
says_err 'no journal is kept'; says '^Signed '

# names that are not UTF-8 can be signed in a .p7s, and are remembered byte for byte
mkdir raw
printf 'x' > "$(printf 'raw/C\364ng.txt')"
row 'not UTF-8'                  0 $S -f p7s -o rawout raw
row 'not UTF-8, again'           0 $S -f p7s -o rawout raw
says '^Already signed: 1.$'
row 'not UTF-8, shown'           0 $KYSO show -v rawout/.kyso-sign.journal
says 'C\\xf4ng.txt: signed'

# killed at any time: the rest is signed, nothing twice, nothing stray
mkdir many
for i in $(seq 1 400); do head -c 3000 /dev/urandom > many/$i.bin; done
for i in $(seq 1 20); do
	$S -o killed many > /dev/null 2>&1 &
	child=$!
	sleep "0.$((RANDOM % 500 + 100))"
	kill -9 $child 2> /dev/null
	wait $child 2> /dev/null
	[ $((i % 7)) != 0 ] || rm -rf killed/.kyso-sign.journal*
	[ ! -d killed ] || (cd killed && find . -name '*.asice' -exec sha256sum {} +) > killed.sums
done
row 'a killed run is shown'      0 $KYSO show killed/.kyso-sign.journal
says 'NOT FINISHED|finished'
row 'after the kills'            0 $S -o killed many
row 'all are there'              0 $KYSO verify -q $trust killed
(cd killed && sha256sum --quiet -c ../killed.sums) || fail 'an output was written twice'
[ "$(find killed -name '*.asice' | wc -l)" = 400 ] || fail 'not 400 outputs'
no_traces
row 'the journal is right'       0 $KYSO show --report json killed/.kyso-sign.journal
says '"failed":0'

# stopped by request
$S -o stopped many > stopped.txt 2> err.txt &
child=$!
sleep 0.4
kill -TERM $child # a shell starts its background with SIGINT ignored
wait $child
got=$?
case $got in
9) grep -q 'The same command goes on with the rest' err.txt || fail 'interrupted without a word' ;;
0) ;; # it was faster
*) fail "interrupted: exit $got" ;;
esac
row 'and finished'               0 $S -o stopped many
row 'finished, it says'          0 $KYSO show stopped/.kyso-sign.journal
says 'finished'; says_not 'NOT FINISHED'

# stopped while it waits for more: that is always before the end
mkfifo list
interrupted() { # COMMAND...: takes a list of some files, and is stopped before it ends
	"$@" --files-from list > stopped.txt 2> err.txt &
	child=$!
	exec 8> list
	printf '%s\n' killed/1*.asice >&8
	sleep 2
	kill -TERM $child # a shell starts its background with SIGINT ignored
	wait $child
	got=$?
	exec 8>&-
	[ $got = 9 ] || fail "interrupted: exit $got"
	grep -q 'The same command goes on with the rest' err.txt || fail 'interrupted without a word'
}
all_listed() { printf '%s\n' killed/*.asice > list & }
interrupted $KYSO verify $trust --journal l.journal
row 'the journal of it'          0 $KYSO show l.journal
says 'NOT FINISHED'; says 'valid 111'
all_listed
row 'verify goes on'             0 $KYSO verify $trust --journal l.journal --files-from list
says 'killed/1.bin.asice: valid .judged before'; says '^valid: 400$'; says 'killed/2.bin.asice: VALID'
row 'it is finished now'         0 $KYSO show l.journal
says_not 'NOT FINISHED'; says 'valid 400'
all_listed
row 'and then starts anew'       0 $KYSO verify $trust --journal l.journal --files-from list
says_not 'judged before'

# verifying
V="$KYSO verify $trust --journal v.journal"
row 'verify keeps one if asked'  0 $V -q killed
row 'shown'                      0 $KYSO show v.journal
says 'valid 400'
printf 'X' | dd of=killed/7.bin.asice conv=notrunc bs=1 seek=200 status=none
row 'a finished run starts anew' 5 $V -q killed
row 'with the reason'            0 $KYSO show v.journal
says 'FAILED 1, valid 399'; says '7.bin.asice" is damaged'
row 'verify: journal in use'     7 flock v.journal $V killed
row 'verify: damaged'            7 sh -c "cp $K/pin.txt bad.journal && exec $KYSO verify $trust --journal bad.journal killed"

# reports
row 'csv'                        0 $KYSO show --report csv v.journal
[ "$(head -c 3 "$work/out" | od -An -tx1 | tr -d ' ')" = efbbbf ] || fail 'no byte order mark'
[ "$(wc -l < "$work/out")" = 401 ] || fail 'not a line a document'
row 'html'                       0 $KYSO show --report html:v.html v.journal
grep -q '</html>' v.html || fail 'html is cut'
row 'csv of a document'          7 $KYSO show --report csv "$K/pin.txt"
row 'csv of two'                64 $KYSO show --report csv v.journal $J
row 'csv of verify'             64 $KYSO verify --report csv killed
row 'read only'                  0 sh -c "mkdir ro && cp v.journal ro/ && chmod a-w ro && exec $KYSO show ro/v.journal"
says 'valid 399'
finish
