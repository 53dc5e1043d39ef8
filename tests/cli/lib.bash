# Helpers of the command-line tests. A test is a row: label, expected exit code, command; then what its output says.
set -u
work=$1
chmod -R u+rwX "$work" 2>/dev/null
rm -rf "$work"
mkdir -p "$work/home"
cd "$work" || exit 99
export HOME=$work/home LC_ALL=C.UTF-8 LANGUAGE=en TZ=Asia/Ho_Chi_Minh
unset XDG_CONFIG_HOME NO_COLOR SOURCE_DATE_EPOCH
K=$work/keys
cp -r "$SOURCE/keys-sample" "$K"
chmod -R go-rwx "$K"
pin=$(cat "$K/pin.txt")
trust="--trust $K/trust"
secret="--pin-file $K/pin.txt"
failures=0

# A missing tool skips the test where somebody works, and fails it where the result counts.
skip() {
	[ "${CI:-}" = true ] && exit 1
	exit 77
}
fail() {
	printf 'FAILED %s\n' "$*"
	failures=$((failures + 1))
}

# row LABEL EXIT COMMAND...: output in $work/out and $work/err; the PIN is never in it
row() {
	label=$1
	local want=$2 got
	shift 2
	timeout 60 "$@" > "$work/out" 2> "$work/err" < "${stdin:-/dev/null}"
	got=$?
	[ "$got" = "$want" ] || { fail "$label: exit $got, not $want"; sed 's/^/  | /' "$work/out" "$work/err"; }
	! grep -qF -- "$pin" "$work/out" "$work/err" || fail "$label: the PIN is in the output"
	! grep -q 'ERROR: .*Sanitizer\|runtime error:' "$work/err" || fail "$label: $(grep -m1 'Sanitizer\|runtime error' "$work/err")"
}

# says PATTERN, says_err PATTERN, silent: of the row before
says() { grep -qE -- "$1" "$work/out" || { fail "$label: does not say \"$1\""; sed 's/^/  | /' "$work/out"; }; }
says_err() { grep -qE -- "$1" "$work/err" || { fail "$label: stderr does not say \"$1\""; sed 's/^/  | /' "$work/err"; }; }
says_not() { ! grep -qE -- "$1" "$work/out" "$work/err" || fail "$label: says \"$1\""; }
silent() { [ ! -s "$work/out" ] || { fail "$label: stdout is not empty"; sed 's/^/  | /' "$work/out"; }; }

there() { for f; do [ -e "$f" ] || fail "$label: $f is missing"; done; }
absent() { for f; do [ ! -e "$f" ] || fail "$label: $f is there"; done; }
same() { cmp -s "$1" "$2" || fail "$label: $1 and $2 differ"; }
# no_traces: no temporary file is left below the current folder
no_traces() {
	local left
	left=$(find . -name '.kyso-*' ! -name .kyso-sign.journal)
	[ -z "$left" ] || fail "$label: temporary files are left: $left"
}

finish() {
	[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
	exit 0
}
