# kyso trust: nothing is believed without a fingerprint or a typed answer.
. "$SOURCE/tests/cli/lib.bash"
fp=$(openssl x509 -in "$K/root.crt" -noout -fingerprint -sha256 | sed 's/.*=//')
T="$KYSO trust"
echo text > a.txt
"$KYSO" sign -k "$K/person-plain.pem" a.txt > /dev/null

row 'empty'                     0 $T list
says 'no store yet'
row 'no confirmation possible' 64 setsid $T add "$K/root.crt"
absent home/.config/kyso/trust
row 'wrong fingerprint'        10 $T add --fingerprint "${fp/%??/00}" "$K/root.crt"
absent home/.config/kyso/trust/anchors
row 'fingerprint'               0 $T add --fingerprint "$fp" "$K/root.crt"
says 'added'
row 'again'                     0 $T add --fingerprint "$fp" "$K/root.crt"
says 'there already'
row 'listed'                    0 $T list --store user
says 'trusted'; says "$(echo "$fp" | tr -d : | tr A-F a-f)"
row 'check'                     0 $T check --store user
row 'removed by too little'    64 $T remove "$(echo "${fp:0:5}" | tr -d :)"
row 'removed'                   0 $T remove "$(echo "$fp" | tr -d : | cut -c1-8)"
row 'removed twice'             7 $T remove "$(echo "$fp" | tr -d : | cut -c1-8)"
row 'no file'                   7 $T add nothere.crt
row 'not a certificate'         5 $T add --fingerprint "$fp" a.txt
row 'a path for list'          64 $T list x

# a store of one's own, and signatures judged by the configured one
row 'user store'                0 $T add --store user --fingerprint "$fp" "$K/root.crt"
issuing=$(openssl x509 -in "$K/issuing.crt" -noout -fingerprint -sha256 | sed 's/.*=//')
row 'intermediate'              0 $T add --fingerprint "$issuing" "$K/issuing.crt"
row 'CRL of the root'           0 $T add "$K/trust/crls/root.crl"
row 'CRL of the issuing CA'     0 $T add "$K/trust/crls/issuing.crl"
row 'CRL of a stranger'        10 $T add "$K/other-trust/crls/other-root.crl"
row 'judged by the store'       0 "$KYSO" verify a.txt.asice
row 'damaged store'             5 bash -c "echo x > home/.config/kyso/trust/x.pem; '$KYSO' verify a.txt.asice"
finish
