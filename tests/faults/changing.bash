# Files that change while they are read (the shim changes them at the n-th read, so it happens every time), full disks, and
# folders that may not be written: that item fails with its reason, the rest goes on, nothing half-written stays.
. "$SOURCE/tests/cli/lib.bash"
S="$KYSO sign -j1 -k $K/person-plain.pem"
V="$KYSO verify -j1 $trust"
mkdir docs
head -c 20971520 /dev/urandom > big
for name in a c; do echo "$name" > "docs/$name.txt"; done

no_hidden() { [ -z "$(find . -name '.kyso-*.tmp')" ] || fail "$label: left behind: $(find . -name '.kyso-*.tmp')"; }

# at CALL:N WHAT PATH-PART: what goes before a command so that it happens to it
at() { fault=(env "KYSO_FAULT=$1:$2:$3" "LD_PRELOAD=$SHIM"); }

# ---- documents that change while they are signed ----
for what in grow shrink touch vanish replace; do
	at pread:7 $what docs/b.bin
	for form in asice asics p7s; do
		rm -rf sealed
		cp --reflink=auto big docs/b.bin
		row "$form, $what"                7 "${fault[@]}" $S -f $form -o sealed docs
		says_err 'b.bin.*(changed|does not exist)'
		says 'Signed 2 documents'; says 'FAILED: 1'
		there sealed/a.txt.$form sealed/c.txt.$form; absent sealed/b.bin.$form
		no_hidden
	done
	cp --reflink=auto big docs/b.bin
	rm -rf docs/b.bin.other bundle.asice
	row "bundle, $what"                      7 "${fault[@]}" $S --bundle bundle.asice docs
	absent bundle.asice
	no_hidden
	rm -f docs/b.bin.other
done

# ---- and while they are judged, added to, taken out ----
cp --reflink=auto big docs/b.bin
rm -rf sealed
row 'containers'                                 0 $S -o sealed docs
for what in grow shrink touch vanish replace; do
	at pread:30 $what judged/b.bin
	code=7
	[ $what != touch ] || code=5 # the changed bytes themselves are met first
	rm -rf judged extracted added
	cp -r sealed judged
	rm -f judged/.kyso-sign.journal
	row "verify, $what"                      $code "${fault[@]}" $V judged
	says '^valid: 2$'
	says_err 'b.bin.asice'
	cp --reflink=auto sealed/b.bin.asice judged/
	rm -f judged/*.other
	row "extract, $what"                     $code "${fault[@]}" $KYSO extract $trust -o extracted judged/b.bin.asice
	absent extracted/b.bin
	cp --reflink=auto sealed/b.bin.asice judged/
	rm -f judged/*.other
	row "add, $what"                         $code "${fault[@]}" $KYSO sign --add -j1 -k "$K/agency-ec.pem" $secret -o added judged
	there added/a.txt.asice; absent added/b.bin.asice
	no_hidden
done

# ---- disks ----
rm -rf sealed
row 'a file larger than may be written'          7 bash -c 'ulimit -f 1000; exec "$@"' limited $S -o sealed docs
says_err 'b.bin.asice'
there sealed/a.txt.asice sealed/c.txt.asice; absent sealed/b.bin.asice
no_hidden
mkdir small
if mount -t tmpfs -o size=2m tmpfs small 2> /dev/null; then
	row 'full disk'                          7 $S -o small/out docs
	says_err 'no space|full'
	there small/out/a.txt.asice small/out/c.txt.asice; absent small/out/b.bin.asice
	no_hidden
	head -c 4m /dev/zero > small/filler 2> /dev/null
	row 'a disk that is full from the start' 7 $S -o small/out2 docs
	says 'FAILED: 3'
	no_hidden
	rm small/filler
	row 'and has room again'                 7 $S -o small/out2 docs # but not for all
	says 'Signed 2 documents'
	umount small
fi
finish
