# Folders, filters, lists, many inputs: what is walked, what is passed over, what stops a run.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign -k $K/person-plain.pem"
V="$KYSO verify $trust"
mkdir -p in/sub 'in/có dấu'
echo 1 > in/b.txt; echo 2 > 'in/có dấu/văn bản %20.txt'; echo 3 > in/sub/c.pdf; echo 4 > in/.hidden; echo 5 > in/sub/d.txt

row 'folder, not descended'     0 $S -o out1 in
there out1/b.txt.asice; absent out1/sub
says 'Signed 1 document'; says 'hidden 1'
row 'folder, recursive'         0 $S -r -o out2/ in
there out2/sub/c.pdf.asice 'out2/có dấu/văn bản %20.txt.asice'; absent out2/.hidden.asice
says 'Signed 4 documents'; says 'Outputs: out2/'
row 'the same again'            0 $S -r -o out2/ in
says 'Already signed: 4'
row 'verified as a folder'      0 $V -r out2
says '^valid: 4$'
row 'include'                   0 $S -r --include '*.pdf' -o out3 in
there out3/sub/c.pdf.asice; absent out3/b.txt.asice
row 'exclude'                   0 $S -r --exclude '*.pdf' -o out4 in
absent out4/sub/c.pdf.asice; there out4/sub/d.txt.asice
row 'containers are passed over' 7 $S -r -o out5 out2
says_err 'nothing to sign'; says '--add'
row 'dry run'                   0 $KYSO sign --dry-run -r in
says 'in/b.txt → in/b.txt.asice'; absent in/b.txt.asice
row 'one of many is missing'    7 $S -o out6 in/b.txt nowhere.txt
there out6/b.txt.asice; says_err 'nowhere.txt'; says 'FAILED: 1'
row 'missing alone'             7 $KYSO sign -k "$K/person.p12" $secret nowhere.txt
says_err 'does not exist'
mkdir empty
row 'empty folder'              7 $S empty
row 'a file where a folder is needed' 64 $S -o in/b.txt in/b.txt in/sub/c.pdf
same in/b.txt <(echo 1)
mkdir one two; echo one > one/x.txt; echo two > two/x.txt
echo alone > two/y.txt
row 'equal names, one folder'   7 $S -o out13 one two
says_err '"one/x.txt" and "two/x.txt" would both be written to "out13/x.txt.asice"'
says_err '"two/x.txt" and "one/x.txt"'; says 'FAILED: 2'
absent out13/x.txt.asice; there out13/y.txt.asice
row 'equal names, forced'       7 $S --force -o out13 one/x.txt two/x.txt
says_err 'different folders'; says_not '--force'
absent out13/x.txt.asice
row 'equal names, dry run'      7 $S --dry-run -o out13 one two
says 'Would sign 1 document'
row 'one document named twice'  0 $S -o out14 one/x.txt ./one/x.txt one
says_err 'named twice'; says 'Signed 1 document'
row 'named twice, beside it'    0 $S one/x.txt "$PWD/one/x.txt"
says_err 'named twice'; says_not 'FAILED'
row 'named twice, in place'     0 $KYSO sign -k "$K/person-ec.pem" $secret --add --in-place one/x.txt.asice ./one/x.txt.asice
says 'Signed 1 document'
printf '%s\n' one/x.txt two/x.txt > listed
row 'equal names of a list'     7 $S --force -o out15 --files-from listed
says_err 'would both be written'
row 'the first of a list stays' 0 $KYSO extract $trust -o got out15/x.txt.asice
same got/x.txt one/x.txt
row 'not over what is there'    7 $KYSO extract $trust -o got out15/x.txt.asice
says_err 'is there already'; says_not '--force'
row 'a device'                  7 $S /dev/null
row 'no path'                  64 $S

# lists
find in -name '*.txt' -print0 > list0
row '-0 list'                   0 $S -o out7 --files-from list0 -0
there 'out7/văn bản %20.txt.asice'
row '-0 list without -0'       64 $S -o out8 --files-from list0
printf 'in/b.txt\n\nin/sub/c.pdf' > list
row 'list of lines'             0 $S -o out9 --files-from list
there out9/b.txt.asice out9/c.pdf.asice
stdin=list row 'list on stdin'  0 $S -o out10 --files-from -
there out10/b.txt.asice
row 'missing list'              7 $S --files-from nolist
row 'folder for a list'         7 $S --files-from in
row '-0 without a list'        64 $S -0 in/b.txt

# paths that look like options, and names that attack a terminal
echo 6 > ./-n.txt
row 'option after --'           0 $S -o out11/ -- -n.txt
there out11/-n.txt.asice
printf 7 > $'esc\e[31m.txt'
row 'escape in a name'          5 $S $'esc\e[31m.txt'
says_not $'\e\\['
says_err 'x1b'

# --add into a folder that is being walked would never end
row 'adding into itself'       64 $S --add -r -o out2/more out2
absent out2/more

# stopped while the list goes on: 9, and what is done stays
mkfifo pipe
exec 7<> pipe
printf 'in/b.txt\n' >&7
($S -o out12/ --files-from pipe > "$work/out" 2> "$work/err"; echo $? > rc) &
for _ in $(seq 100); do [ -e out12/b.txt.asice ] && break; sleep 0.1; done
pkill -TERM -P $!
for _ in $(seq 100); do [ -s rc ] && break; sleep 0.1; done
label='stopped by SIGTERM'
[ "$(cat rc)" = 9 ] || fail "$label: exit $(cat rc)"
there out12/b.txt.asice; no_traces
says_err 'The same command goes on'
exec 7>&-

# a full disk, where one may be mounted
mkdir small
if mount -t tmpfs -o size=64k tmpfs small 2> /dev/null; then
	head -c 200000 /dev/zero > big.bin
	row 'full disk'         7 $S -o small/big.asice big.bin
	absent small/big.asice; no_traces
	mount -o remount,ro small
	row 'read-only folder'  7 $S -o small/b.asice in/b.txt
	umount small
fi
finish
