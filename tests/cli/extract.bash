# kyso extract: what is valid is written, what is not is not, nothing is replaced.
. "$SOURCE/tests/cli/lib.bash"
echo text > a.txt; mkdir d; echo more > d/b.txt
"$KYSO" sign -k "$K/person-plain.pem" --bundle x.asice -r a.txt d > /dev/null
"$KYSO" sign -k "$K/revoked.p12" $secret -o revoked.asice a.txt > /dev/null
X="$KYSO extract $trust"

row 'valid'                     0 $X -o got x.asice
same got/a.txt a.txt; same got/b.txt d/b.txt; no_traces
row 'never over a file'         7 $X -o got x.asice
same got/a.txt a.txt
row 'not enough evidence'       2 "$KYSO" extract -o weak x.asice
same weak/a.txt a.txt
row 'valid required'            2 "$KYSO" extract --require-valid -o none x.asice
absent none/a.txt
row 'revoked, valid required'   2 $X --require-valid -o bad revoked.asice
absent bad/a.txt
if command -v zip > /dev/null; then
	cp x.asice changed.asice; cp x.asice more.asice
	mkdir z; echo changed > z/a.txt; echo extra > z/extra.txt
	(cd z && zip -q -0 ../changed.asice a.txt && zip -q -0 ../more.asice extra.txt)
	row 'changed inside'    4 $X -o bad changed.asice
	absent bad/a.txt
	row 'a file nobody signed' 3 $X -o most more.asice
	absent most/extra.txt
fi
row 'not signed'                3 $X -o bad a.txt
row 'missing'                   7 $X -o bad nothere.asice
row 'a file for a folder'       7 $X -o a.txt x.asice
row 'two files'                64 $X x.asice x.asice
no_traces
finish
