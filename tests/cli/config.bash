# The configuration: named keys, profiles, wrong words, locks (through kyso_lab, whose /etc is a folder of the tests).
. "$SOURCE/tests/cli/lib.bash"
conf=home/.config/kyso/kyso.conf
mkdir -p "$(dirname "$conf")"
echo text > a.txt
config() { printf '%s\n' "$@" > "$conf"; }

config '[key so-mau]' "uri = $K/agency.p12" "pin-file = $K/pin.txt" '[key nguoi]' "uri = file:$K/person-plain.pem" 'as = person'
row 'two keys, none named'      8 "$KYSO" sign a.txt
says_err 'configured ones are so-mau, nguoi'; says_err 'with -k'
row 'named key'                 0 "$KYSO" sign -k nguoi a.txt
row 'misspelt key'              8 "$KYSO" sign -k nguoii a.txt
says_err 'Did you mean "nguoi"'
row 'key list'                  0 "$KYSO" key list
says 'so-mau'; says 'nguoi \(person\)'; says 'SỞ MẪU'
config 'form = p7s' '[profile box]' 'form = asics' '[key nguoi]' "uri = $K/person-plain.pem"
row 'the only key, form'        0 "$KYSO" sign a.txt
there a.txt.p7s
row 'profile'                   0 "$KYSO" sign --profile box a.txt
there a.txt.asics
row 'option over configuration' 0 "$KYSO" sign -f asice -o o.asice a.txt
row 'unknown profile'          10 "$KYSO" sign --profile bix a.txt
says_err 'box'
config 'form.pdf = p7s' 'form.xlsx = asics' '[key nguoi]' "uri = $K/person-plain.pem"
mkdir mixed; for f in 1.pdf 2.txt 3.PDF 4.xlsx 5.txt; do echo $f > mixed/$f; done
row 'a form for each suffix'    0 "$KYSO" sign mixed
says 'Signed 5 documents'
there mixed/1.pdf.p7s mixed/2.txt.asice mixed/3.PDF.p7s mixed/4.xlsx.asics mixed/5.txt.asice
row 'they verify'               0 "$KYSO" verify $trust mixed
row '--form over the suffixes'  0 "$KYSO" sign -f asice -o plain/ mixed
there plain/1.pdf.asice plain/4.xlsx.asice
config 'langg = vi'
row 'unknown setting'          10 "$KYSO" verify a.txt.asics
says_err 'lang'; says_err 'kyso.conf:1'
row 'help all the same'         0 "$KYSO" sign --help
config 'lang = vi' 'langvi' 'jobs = 2'
row 'a line without ='         10 "$KYSO" verify --lang en a.txt.asics
says_err 'kyso.conf:2: "langvi" \(expected: name = value\)'
config 'lang = fr'
row 'bad value'                10 "$KYSO" verify a.txt.asics
config '[key x]' 'as = person'
row 'key without uri'          10 "$KYSO" key list
config 'lock = policy'
row 'lock by the user'         10 "$KYSO" key list
config 'lang = vi'
row 'Vietnamese by configuration' 3 "$KYSO" verify a.txt
says_err 'chữ ký'
row 'option over it'            3 "$KYSO" verify --lang en a.txt
says_err 'no signature'
rm "$conf"
mkdir cwd && (cd cwd && printf 'langg = x\n' > kyso.conf)
row 'never from the current folder' 0 env -C cwd "$KYSO" key list

# locks
mkdir -p "$LAB_ETC"
printf 'policy = official\nrevocation = required\nlock = policy, revocation trust\n' > "$LAB_ETC/kyso.conf"
rm -rf "$LAB_ETC/trust"; cp -r "$K/trust" "$LAB_ETC/trust"
row 'locked store judges'       3 "$KYSO_LAB" verify a.txt.asics
row '--trust is locked'        10 "$KYSO_LAB" verify $trust a.txt.asics
row '--policy is locked'       10 "$KYSO_LAB" verify --policy default a.txt.asics
row 'the same policy is fine'   3 "$KYSO_LAB" verify --policy official a.txt.asics
row '--revocation is locked'   10 "$KYSO_LAB" verify --revocation if-available a.txt.asics
row 'user store is locked'     10 "$KYSO_LAB" trust add "$K/root.crt"
config 'policy = default'
row 'user file is locked'      10 "$KYSO_LAB" verify a.txt.asics
rm -r "$LAB_ETC"
finish
