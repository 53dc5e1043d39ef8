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
row 'damaged store'             5 bash -c "echo x > home/.config/kyso/trust/x.pem; '$KYSO' verify a.txt.asice"
finish
