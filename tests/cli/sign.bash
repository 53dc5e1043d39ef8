# kyso sign: forms, outputs, what is never replaced, what is never done twice.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign -k $K/person.p12 $secret"
V="$KYSO verify $trust"
printf 'một văn bản\n' > a.txt
cp a.txt before.txt

row 'one document'              0 $S a.txt
says '^a.txt → a.txt.asice$'
there a.txt.asice; same a.txt before.txt; no_traces
row 'it verifies'               0 $V a.txt.asice
cp a.txt.asice first.asice.kept
row 'again: nothing to do'      0 $S a.txt
says 'already signed'; same a.txt.asice first.asice.kept
echo other > other.txt
row 'existing output of other bytes' 7 $S -o a.txt.asice other.txt
same a.txt.asice first.asice.kept; no_traces
row 'forced'                    0 $S --force -o a.txt.asice other.txt
row 'forced back'               0 $S --force -o a.txt.asice before.txt
row 'asics'                     0 $S -f asics a.txt
row 'asics verifies'            0 $V a.txt.asics
row 'p7s'                       0 $S -f p7s a.txt
row 'p7s verifies beside it'    0 $V a.txt.p7s
row 'p7s with --content'        0 $V --content before.txt a.txt.p7s
row 'p7s of another document'   4 $V --content "$SOURCE/LICENSE" a.txt.p7s
row 'pdf form is not yet'       7 $S -f pdf -o x.pdf a.txt
absent x.pdf
row 'unknown form'             64 $S -f asise a.txt
says_err 'did you mean asice'
row 'output is the input'      64 $S --force -o a.txt a.txt
same a.txt before.txt
row 'signatures are no stream' 64 $S -o - a.txt
absent ./-
row 'what is signed already'    7 $S a.txt.asice
says_err 'with --add; --again'; absent a.txt.asice.asice
row 'a signature by itself'     7 $S a.txt.p7s
row '... as a document, meant'  0 $S --again a.txt.asice
there a.txt.asice.asice
cp a.txt text.p7s
row 'a text of that name'       0 $S text.p7s
row 'report over a file'        7 $V --report json:before.txt a.txt.asice
says_err '--force replaces it'; same a.txt before.txt
row 'folder that cannot be'     7 $S -o a.txt/x.asice before.txt
row 'title, place, commitment'  0 $S --title 'Phó Giám đốc' --place 'Hà Giang' --commitment approval -o t.asice a.txt
row 'title is shown'            0 $V t.asice
says 'Phó Giám đốc'; says 'meaning: approval \(claimed\)'
row 'the same in Vietnamese'    0 $V --lang vi t.asice
says 'ý nghĩa: phê duyệt'
[ -z "$(grep -E '^.{81,}' out)" ] || fail "$label: wider than 80 columns"
row 'the same for programs'     0 $V --report json t.asice
says '"commitment": "approval"'
row 'unknown commitment'       64 $S --commitment love -o u.asice a.txt
row 'pss'                       0 $S --scheme pss -o pss.asice a.txt
row 'pss verifies'              0 $V pss.asice
row 'ecdsa needs an EC key'     8 $S --scheme ecdsa -o ecdsa.asice a.txt
absent ecdsa.asice

export SOURCE_DATE_EPOCH=1790000000
row 'reproducible 1'            0 $S -o r1.asice a.txt
row 'reproducible 2'            0 $S -o r2.asice a.txt
same r1.asice r2.asice
unset SOURCE_DATE_EPOCH

# bundles
row 'bundle'                    0 $S --bundle b.asice a.txt before.txt
row 'bundle covers both'        0 $V b.asice
says 'before.txt'
row 'bundle with a hole'        7 $S --bundle hole.asice a.txt nowhere.txt
absent hole.asice; no_traces
row 'bundle and -o'            64 $S --bundle x.asice -o y a.txt

# a second signature
cp a.txt.asice add.asice
A="$KYSO sign -k $K/agency.p12 $secret --as agency --add"
row 'add needs a place'        64 $A add.asice
row 'add'                       0 $A $trust -o both.asice add.asice
row 'both are there'            0 $V --policy official both.asice
row 'person alone'              3 $V --policy official add.asice
cp both.asice both.kept
row 'add again: nothing to do'  0 $A $trust -o third.asice both.asice
says '^both.asice: already signed by this certificate; nothing was written$'; absent third.asice
row 'the same in place'         0 $A $trust --in-place both.asice
same both.asice both.kept
row 'in place'                  0 $A $trust --in-place add.asice
row 'in place: both'            0 $V --policy official add.asice
row 'agency without a person'   3 $KYSO sign -k $K/agency.p12 $secret --as agency -o lone.asice a.txt
absent lone.asice
$KYSO sign -k $K/other-person.p12 $secret -o stranger.asice a.txt > out
row 'agency after a stranger'   3 $A $trust -o worse.asice stranger.asice
absent worse.asice
row 'by override'               0 $A $trust --override 'theo lệnh' -o worse.asice stranger.asice
row 'override is shown'         2 $V worse.asice
says 'theo lệnh'
row 'override of a person'     64 $S --override why -o p.asice a.txt
row 'override without reason'  64 $A $trust --override '' -o p.asice stranger.asice
# Two who add at once: whoever exits 0 is in the container; the other is told, and no signature is lost.
label='two add at once'
echo together > both.txt
"$KYSO" sign both.txt -k "$K/person-plain.pem" -q || fail "$label: signing"
for round in 1 2 3 4 5; do
	cp both.txt.asice both.asice
	"$KYSO" sign --add --in-place both.asice -k "$K/person-ec.p12" $secret -q 2> /dev/null &
	first=$!
	"$KYSO" sign --add --in-place both.asice -k "$K/person-p384.p12" $secret -q 2> /dev/null &
	second=$!
	done=1
	wait "$first" && done=$((done + 1))
	wait "$second" && done=$((done + 1))
	[ "$(unzip -Z1 both.asice | grep -c 'p7s$')" -eq "$done" ] || fail "$label, round $round: a signature is lost"
done

finish
