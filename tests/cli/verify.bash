# kyso verify, show: each verdict has its exit code, and the worst of a folder wins.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign $secret"
V="$KYSO verify $trust"
echo text > a.txt
$S -k "$K/person.p12" -o good.asice a.txt > /dev/null
$S -k "$K/revoked.p12" -o revoked.asice a.txt > /dev/null
$S -k "$K/other-person.p12" -o stranger.asice a.txt > /dev/null
$S -k "$K/person.p12" -f p7s a.txt > /dev/null
head -c 900 good.asice > cut.asice

row 'valid'                     0 $V good.asice
says 'VALID'
row 'nobody trusted'            2 "$KYSO" verify good.asice
row 'another hierarchy'         2 $V stranger.asice
row 'revocation not known'      2 "$KYSO" verify --trust "$K/trust/anchors" --trust "$K/trust/issuing.crt" good.asice
row 'revocation if available'   0 "$KYSO" verify --revocation if-available --trust "$K/trust/anchors" --trust "$K/trust/issuing.crt" good.asice
row 'expected signer'           0 $V --expect-signer 'Nguyễn*' good.asice
row 'another was expected'      3 $V --expect-signer 'Trần*' good.asice
row 'half a fingerprint'       64 $V --expect-signer 0123456789abcde good.asice
says_err 'at least 16 hex digits'
row 'before it was issued'      4 $V --at 2019-06-01 good.asice
row 'unsigned document'         3 $V a.txt
says_err 'no signature'
mkdir -p META-INF
echo MZ > META-INF/evil.tst
echo '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/>' > META-INF/signatures0.xml
for f in evil.tst signatures0.xml; do
	cp good.asice "added-$f.asice"
	zip -q "added-$f.asice" "META-INF/$f"
done
row 'what poses as a token'     3 $V added-evil.tst.asice
says 'nobody signed it'; says 'META-INF/evil.tst'
row 'a XAdES signature beside'  3 $V added-signatures0.xml.asice
says 'not yet examined'; says_not 'obody signed'
row 'role missing'              3 $V --policy official good.asice
row 'revoked, time not proven'  2 $V revoked.asice
says 'REVOKED_NO_POE'
cp a.txt kept.txt; echo changed > a.txt
row 'changed document'          4 $V a.txt.p7s
cp kept.txt a.txt
row 'cut off'                   5 $V cut.asice
row 'missing'                   7 $V nothere.asice
row 'missing content'           7 $V --content nothere a.txt.p7s
row 'folder without content'    7 $V keys/keys
row 'the same, allowed'         0 $V --allow-empty keys/keys
row 'a time that is none'      64 $V --at 2026-02-30 good.asice
row 'unknown option'           64 $V --polcy official good.asice
says_err 'did you mean --policy'
row 'unknown policy'            10 $V --policy nosuch good.asice
says_err 'default, official'
row 'content of many'          64 $V --content a.txt good.asice revoked.asice

mkdir box; cp good.asice revoked.asice box/; cp a.txt box/plain.txt; cp a.txt.p7s box/b.txt.p7s; echo changed > box/b.txt
row 'a folder: the worst wins'  4 $V box
says '^NOT VALID: 1$'; says '^not enough evidence: 1$'; says '^valid: 1$'; says '^documents without signature: 1$'
rm box/revoked.asice box/b.txt*
row 'unsigned ones are counted' 0 $V box
row 'with --all a fault'        3 $V --all box
cp cut.asice box/
row 'malformed in a folder'     5 $V box
row 'quiet'                     5 $V -q box
silent

row 'json'                      0 $V --report json good.asice
says '^\{'
row 'json lines of many'        2 $V --report jsonl good.asice revoked.asice
[ "$(wc -l < out)" = 2 ] || fail 'json lines: not two'
row 'json of many is an array'  2 $V --report json good.asice revoked.asice
says '^\[$'
row 'report into a file'        0 $V --report json:r.json good.asice
there r.json; says 'VALID'
row 'a report is not replaced'  7 $V --report json:r.json good.asice
row 'unless forced'             0 $V --force --report json:r.json good.asice
row 'report into nowhere'       7 $V --report json:no/such/folder.json good.asice
row 'unknown report'           64 $V --report xml good.asice
no_traces

row 'show'                      0 "$KYSO" show good.asice
says 'a.txt'
row 'show cut'                  5 "$KYSO" show cut.asice
row 'show missing'              7 "$KYSO" show nothere
row 'show a folder'             7 "$KYSO" show box
row 'show a document'           0 "$KYSO" show a.txt
row 'stdout full'               7 bash -c "$V good.asice > /dev/full"
for pdf in "$SOURCE"/../shared/corpus/*/*.pdf; do
	[ -e "$pdf" ] && grep -qa ByteRange "$pdf" || continue
	row 'signed PDF'        7 $V "$pdf"
	says_err 'PDF'
	break
done
# what the readers say reaches a Vietnamese reader in his language, and a program in English
cp good.asice broken.asice
printf 'x' >> broken.asice
row 'phrases are translated'    5 $V --lang vi broken.asice
says_err 'có dữ liệu sau bản ghi cuối'; says_not 'bytes after'
row 'but not for programs'      5 $V --lang vi --report json broken.asice
says '"detail":"bytes after the end record"'
printf 'a,b\n' > none.txt
row 'unsigned is counted once'  3 $V good.asice none.txt
says 'documents without signature: 1'; says_not 'malformed'
finish
