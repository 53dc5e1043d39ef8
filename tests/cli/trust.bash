# kyso trust: nothing is believed without a fingerprint or a typed answer.
. "$SOURCE/tests/cli/lib.bash"
fp=$(openssl x509 -in "$K/root.crt" -noout -fingerprint -sha256 | sed 's/.*=//')
T="$KYSO trust"
echo text > a.txt
"$KYSO" sign -k "$K/person-plain.pem" a.txt > /dev/null

row 'empty'                     0 $T list
says 'no store yet'
row 'no confirmation possible' 64 setsid $T add "$K/root.crt"
says_err "fingerprint is $(echo "$fp" | tr -d : | tr A-F a-f)"
absent home/.config/kyso/trust
row 'the system has none yet'   0 $T list --store system
says 'no store yet'
row 'a folder that is none'     7 $T list --store nofolder
row 'no store to check'         0 $T check --store user
says 'no store yet'
row 'wrong fingerprint'        10 $T add --fingerprint "${fp/%??/00}" "$K/root.crt"
absent home/.config/kyso/trust/anchors
row 'fingerprint'               0 $T add --fingerprint "$fp" "$K/root.crt"
says 'added'
row 'again'                     0 $T add --fingerprint "$fp" "$K/root.crt"
says 'there already'
row 'listed'                    0 $T list --store user
says 'trusted'; says "$(echo "$fp" | tr -d : | tr A-F a-f)"
row 'check'                     0 $T check --store user
says 'all is well: trusted 1, helping 0, revocation lists 0'
chmod o+w home/.config/kyso/trust
row 'check: others can write'  10 $T check --store user
says 'ERROR'; says_err 'marked ERROR'; says_not 'See kyso trust check'
chmod o-w home/.config/kyso/trust
row 'removed by too little'    64 $T remove "$(echo "${fp:0:5}" | tr -d :)"
row 'removed'                   0 $T remove "$(echo "$fp" | tr -d : | cut -c1-8)"
row 'removed twice'             7 $T remove "$(echo "$fp" | tr -d : | cut -c1-8)"
row 'no file'                   7 $T add nothere.crt
row 'not a certificate'         5 $T add --fingerprint "$fp" a.txt
says_err 'no usable certificate'
row 'not one for --trust'       5 "$KYSO" verify --trust a.txt a.txt.asice
says_err 'no usable certificate'; says_not 'sender'
row 'a path for list'          64 $T list x

# a store of one's own, and signatures judged by the configured one
row 'user store'                0 $T add --store user --fingerprint "$fp" "$K/root.crt"
row 'intermediate of its anchor' 0 setsid $T add "$K/issuing.crt"
says 'helps to build chains'
row 'as an anchor it needs more' 64 setsid $T add --as-anchor "$K/issuing.crt"
openssl crl2pkcs7 -nocrl -certfile "$K/root.crt" -certfile "$K/issuing.crt" -out chain.p7b
row 'a chain by its root'       0 setsid $T add --store chain --fingerprint "$fp" chain.p7b
there chain/anchors/*.pem
row 'a chain by nobody'        64 setsid $T add --store lone chain.p7b
absent lone
row 'CRL of the root'           0 $T add "$K/trust/crls/root.crl"
row 'CRL of the issuing CA'     0 $T add "$K/trust/crls/issuing.crl"
row 'CRL of a stranger'        10 $T add "$K/other-trust/crls/other-root.crl"
row 'judged by the store'       0 "$KYSO" verify a.txt.asice

# a certificate that bears the name of a known authority, whichever generation, stays marked wherever it is shown
cat > fake.cnf <<-'EOF2'
	[req]
	prompt = no
	utf8 = yes
	string_mask = utf8only
	distinguished_name = dn
	[dn]
	CN = RootCA chuyên dùng Chính phủ G1
	[ca]
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign,cRLSign
	[leaf]
	keyUsage = critical,digitalSignature,nonRepudiation
EOF2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout fake.key -config fake.cnf -extensions ca \
	-days 900 -out fake.crt 2> /dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -subj '/CN=Leaf' -out leaf.csr 2> /dev/null
openssl x509 -req -in leaf.csr -CA fake.crt -CAkey fake.key -set_serial 7 -days 800 -extfile fake.cnf -extensions leaf \
	-out leaf.crt 2> /dev/null
cat leaf.key leaf.crt > leaf.pem
chmod 600 leaf.pem
fake=$(openssl x509 -in fake.crt -noout -fingerprint -sha256 | sed 's/.*=//')
echo text > b.txt
"$KYSO" sign -k leaf.pem b.txt > /dev/null
row 'a known name, not there'   2 "$KYSO" verify --trust "$K/trust" b.txt.asice
says 'RootCA chuyên dùng Chính phủ .VGCA.'
row 'a known name, no pin'     10 setsid $T add --store fakes fake.crt
absent fakes
row 'its fingerprint typed'     0 $T add --store fakes --fingerprint "$fake" fake.crt
says_err 'WARNING: it bears the name'
row 'it is listed as such'      0 $T list --store fakes
says 'WARNING: not the authority'; says_not '\[RootCA'
row 'and checked as such'       0 $T check --store fakes
says 'not its certificate'
row 'and judged as such'        0 "$KYSO" verify --trust fakes --revocation if-available b.txt.asice
says 'NOT the authority whose name it bears'; says 'bears the name of a known authority'; says_not 'VGCA'
row 'damaged store'             5 bash -c "echo x > home/.config/kyso/trust/x.pem; '$KYSO' verify a.txt.asice"
finish
