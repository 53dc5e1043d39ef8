# What lies in a folder besides documents: unreadable files, names in other encodings or that differ only by case, links and loops,
# pipes and devices. Each fails or is passed over with its reason, the rest goes on, and no two documents meet in one output.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign -j1 -k $K/person-plain.pem"
V="$KYSO verify -j1 $trust"
latin=$'caf\xe9.txt' # not UTF-8

# ---- names ----
mkdir case
for name in a.pdf a.docx A.pdf a.PDF 'a .pdf' "$latin"; do echo "$name" > "case/$name"; done
row 'all but one have an output of their own'   5 $S -o sealed case
says 'Signed 5 documents'; says 'FAILED: 1'; says_err 'caf.xe9'
there sealed/a.pdf.asice sealed/a.docx.asice sealed/A.pdf.asice sealed/a.PDF.asice 'sealed/a .pdf.asice'
absent "sealed/$latin.asice"
row 'and hold their own document'               0 $V sealed
says '^valid: 5$'
for name in a.pdf a.docx A.pdf a.PDF; do
	row "$name is what was signed"          0 $KYSO extract $trust -o "got-$name" "sealed/$name.asice"
	same "got-$name/$name" "case/$name"
done
row 'a .p7s keeps no name'                      0 $S -f p7s "case/$latin"
row 'and is judged beside its document'         0 $V "case/$latin.p7s"
rm "case/$latin" "case/$latin.p7s"
row 'names that differ by case, in one container' 0 $S --bundle case.asice case
row 'are judged, and remarked'                  0 $V case.asice
row 'and are not written over each other'       5 $KYSO extract $trust -o spread case.asice
mkdir nfc
echo 1 > nfc/$'c\u00f4ng.txt'; echo 2 > nfc/$'co\u0302ng.txt'
row 'names composed in two ways'                0 $S -o sealed-nfc nfc
row 'are two documents'                         0 $V sealed-nfc
says '^valid: 2$'

# ---- files that cannot be read ----
mkdir shut
for name in a b c; do echo "$name" > "shut/$name.txt"; done
denied=(env KYSO_FAULT=open:1+:EACCES:shut/b.txt "LD_PRELOAD=$SHIM")
row 'one may not be read'                       7 "${denied[@]}" $S -o sealed-shut shut
says 'Signed 2 documents'; says 'FAILED: 1'; says_err 'shut/b.txt'
there sealed-shut/a.txt.asice sealed-shut/c.txt.asice; absent sealed-shut/b.txt.asice
denied=(env KYSO_FAULT=pread:1+:EIO:shut/b.txt "LD_PRELOAD=$SHIM")
rm -r sealed-shut
row 'one lies on a bad sector'                  7 "${denied[@]}" $S -o sealed-shut shut
says 'Signed 2 documents'; says_err 'shut/b.txt'
absent sealed-shut/b.txt.asice
denied=(env KYSO_FAULT=open:1+:EACCES:sealed-shut/a.txt "LD_PRELOAD=$SHIM")
row 'a container that may not be read'          7 "${denied[@]}" $V sealed-shut
says '^valid: 1$'; says_err 'sealed-shut/a.txt.asice'

# ---- links, loops, pipes, devices ----
mkdir -p odd/deep
echo doc > odd/doc.txt
ln -s doc.txt odd/link.txt
ln -s . odd/itself
ln -s ../.. odd/deep/up
ln -s ring odd/ring
ln -s nowhere odd/dangling.txt
mkfifo odd/pipe.txt
row 'links and pipes in a folder are passed over' 0 $S -r -o sealed-odd odd
says 'Signed 1 document '; says 'links and devices 6'
row 'the folder is judged without them'         0 $V -r sealed-odd
row 'a named link is taken'                     0 $S -o sealed-link/ odd/link.txt
there sealed-link/link.txt.asice
row 'a ring of links'                           7 $S odd/ring
row 'a link that leads nowhere'                 7 $S odd/dangling.txt
row 'a pipe'                                    7 $S odd/pipe.txt
row 'a pipe to judge'                           7 $V odd/pipe.txt
row 'a device'                                  7 $S /dev/zero
row 'a device to judge'                         7 $V /dev/zero
absent odd/pipe.txt.asice odd/ring.asice
ln -s ../outside odd/out.asice
row 'the output is a link'                      7 $S -o odd/out.asice odd/doc.txt
absent outside
no_traces_but_journals() { [ -z "$(find . -name '.kyso-*' ! -name '*.journal')" ] || fail "$label: left behind"; }
no_traces_but_journals
finish
