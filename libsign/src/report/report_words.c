/*
 * Sentences of the errors, one row per sign_code: stable name, sentence, next step and exit code (design.md 5), and how
 * a sentence is filled. Floor: report. Reasons and notes of a verdict have their rows in report_words_why.c.
 */
#include "report_words.h"

#include <string.h>

typedef struct {
	sign_code code;
	int       exit;
	ks_words  words;
} code_row;

#define ROW(code, exit, sentence, hint) { code, exit, { #code, sentence, hint, NULL } }

static const code_row rows[] = {
	ROW(SIGN_OK, 0, N_("Done."), ""),
	ROW(SIGN_E_NOT_PASSED, 2, N_("[\"{subject}\": ]the check did not pass."), N_("Read the report.")),

	ROW(SIGN_E_USAGE, 64, N_("[{subject}: ]this cannot be asked for in this way[ ({detail})]."),
	    N_("See kyso --help.")),
	ROW(SIGN_E_MEMORY, 7, N_("There is not enough memory."), N_("Close other programs and try again.")),
	ROW(SIGN_E_NOTHING, 7, N_("There is nothing to sign or check[ in \"{subject}\"]."),
	    N_("Name a file, or a folder that holds some.")),
	ROW(SIGN_E_INTERRUPTED, 9, N_("Stopped on request[ at \"{subject}\"]."),
	    N_("Give the same command again to finish the rest.")),
	ROW(SIGN_E_INTERNAL, 7, N_("[\"{subject}\": ]something happened that never should[ ({detail})]."),
	    N_("Please report it, with the output of --verbose.")),

	ROW(SIGN_E_NOT_FOUND, 7, N_("\"{subject}\" does not exist."), N_("Check the name.")),
	ROW(SIGN_E_PERMISSION, 7, N_("\"{subject}\" may not be read or written by you."),
	    N_("Ask its owner for access.")),
	ROW(SIGN_E_IS_FOLDER, 7, N_("\"{subject}\" is a folder; a file is needed."), N_("Name a file in it.")),
	ROW(SIGN_E_NOT_REGULAR, 7, N_("\"{subject}\" is not an ordinary file[ ({detail})]."),
	    N_("Copy its content into a file first.")),
	ROW(SIGN_E_READ, 7, N_("\"{subject}\" could not be read[ ({detail})]."),
	    N_("Check the disk or the network drive.")),
	ROW(SIGN_E_WRITE, 7, N_("\"{subject}\" could not be written[ ({detail})]."),
	    N_("Check the disk or the network drive.")),
	ROW(SIGN_E_DISK_FULL, 7, N_("\"{subject}\" could not be written: no space, or a read-only disk."),
	    N_("Free some space or choose another folder with -o.")),
	ROW(SIGN_E_EXISTS, 7, N_("\"{subject}\" is there already."),
	    N_("Move it away, or choose another name or folder[; {where} replaces it].")),
	ROW(SIGN_E_CHANGED, 7, N_("\"{subject}\" changed while it was being read."),
	    N_("Close the program that is writing it and try again.")),
	ROW(SIGN_E_CLASH, 7, N_("\"{subject}\"[ and \"{where}\"] would both be written to \"{detail}\"."),
	    N_("Sign them into different folders.")),

	ROW(SIGN_E_FORMAT, 5, N_("\"{subject}\" is damaged or breaks the rules of its form[, in {where}][: {detail}]."),
	    N_("Ask the sender for the original.")),
	ROW(SIGN_E_LIMIT, 5, N_("\"{subject}\" is larger or deeper than is safe[, in {where}][: {detail}]."),
	    N_("Do not open it; ask the sender what it is.")),
	ROW(SIGN_E_NAME, 5, N_("\"{subject}\" holds a dangerous or ambiguous name[, {where}][: {detail}]."),
	    N_("Do not open it with other programs.")),
	ROW(SIGN_E_UNSUPPORTED, 7, N_("\"{subject}\" is of a form that is not yet examined[: {detail}]."),
	    N_("It may well be signed; check it with the program it was made for.")),
	ROW(SIGN_E_DIGEST, 4, N_("\"{subject}\" was changed after it was signed[, in {where}]."),
	    N_("Ask the sender for the original.")),
	ROW(SIGN_E_SIGNATURE, 4, N_("A signature on \"{subject}\" does not hold[, in {where}]."),
	    N_("Ask the sender for the original.")),
	ROW(SIGN_E_NOT_SIGNED, 3, N_("\"{subject}\" carries no signature."), N_("Ask the sender for the signed document.")),
	ROW(SIGN_E_NOT_COVERED, 3, N_("Nobody signed \"{subject}\"."), N_("Do not rely on this file.")),
	ROW(SIGN_E_CONTENT_MISSING, 2, N_("The signature \"{subject}\" comes without its document."),
	    N_("Name the document with --content.")),
	ROW(SIGN_E_NO_CONTENT, 7, N_("\"{subject}\" is a detached signature and holds no document to extract."),
	    N_("Its document is the file beside it.")),
	ROW(SIGN_E_CONTAINER, 7, N_("\"{subject}\" is signed already."),
	    N_("Add a signature to it with --add; --again signs it as if it were a document.")),
	ROW(SIGN_E_NOT_CERT, 5, N_("\"{subject}\" is no usable certificate or revocation list[: {detail}]."),
	    N_("Name a file that the authority published (.crt, .cer, .pem, .der, .p7b or .crl).")),

	ROW(SIGN_E_CRYPTO, 7, N_("[\"{subject}\": ]an algorithm is not available or failed[, in {where}][ ({detail})]."),
	    N_("Ask the administrator to look at this machine's OpenSSL.")),
	ROW(SIGN_E_PIN_WRONG, 8, N_("The passphrase or PIN of \"{subject}\" is wrong[ ({detail})]."),
	    N_("Nothing was signed. Try again with care: a token locks itself after a few wrong PINs.")),
	ROW(SIGN_E_PIN_MISSING, 8, N_("\"{subject}\" needs a passphrase or PIN[ ({detail})]."), N_("Give --pin-file or --pin-fd, or use a terminal.")),
	ROW(SIGN_E_KEY_NOT_FOUND, 8, N_("There is no key \"{subject}\"[: {detail}]."),
	    N_("[Did you mean \"{where}\"? ]The configured keys: kyso key list.")),
	ROW(SIGN_E_KEY_UNNAMED, 8, N_("No key was named[; the configured ones are {detail}]."), N_("Name one with -k.")),
	ROW(SIGN_E_KEY_FORMAT, 8, N_("\"{subject}\" is not a key file, or is damaged[ ({detail})]."),
	    N_("Export the key again as PKCS#12 or PEM.")),
	ROW(SIGN_E_KEY_MISMATCH, 8, N_("The private key in \"{subject}\" does not belong to its certificate."),
	    N_("Give the matching certificate.")),
	ROW(SIGN_E_KEY_UNSAFE, 8, N_("Others can write the key file \"{subject}\"."),
	    N_("Make it your own first: chmod 600.")),
	ROW(SIGN_E_KEY_USAGE, 8, N_("The certificate of \"{subject}\" may not be used to sign documents[ ({detail})]."),
	    N_("Choose a key that is made for signing.")),
	ROW(SIGN_E_KEY_ALGORITHM, 8, N_("The key \"{subject}\" is of a kind or size that may not sign[: {detail}]."),
	    N_("Try --scheme pss, or ask for a new certificate: RSA of 3072 bits or more, or P-256.")),
	ROW(SIGN_E_CERT_MISSING, 8, N_("No certificate was found for the key \"{subject}\"."),
	    N_("Put it beside the key, or in the same file.")),
	ROW(SIGN_E_CERT_EXPIRED, 8, N_("The certificate of \"{subject}\" has expired[ ({detail})]."),
	    N_("Ask your certification authority to renew it.")),
	ROW(SIGN_E_CERT_NOT_YET, 8, N_("The certificate of \"{subject}\" is not valid yet[ ({detail})]."),
	    N_("Check this machine's clock.")),
	ROW(SIGN_E_CERT_REVOKED, 8, N_("The certificate of \"{subject}\" is revoked[ ({detail})]."),
	    N_("Ask your certification authority for a new one.")),
	ROW(SIGN_E_PIN_LOCKED, 8, N_("The token \"{subject}\" has locked its PIN[ ({detail})]."),
	    N_("Have it unlocked, with its unlocking code (PUK) or by your certification authority.")),
	ROW(SIGN_E_PIN_FINAL, 8, N_("Only one try is left for the PIN of the token \"{subject}\"; it was not used."),
	    N_("When you are sure of the PIN, give --final-try.")),
	ROW(SIGN_E_PIN_REFUSED, 8, N_("The token \"{subject}\" has refused this very PIN before; it was not tried again."),
	    N_("Mend the PIN file, or sign once from a terminal.")),
	ROW(SIGN_E_TOKEN_MISSING, 8, N_("No token is plugged in that fits \"{subject}\"."),
	    N_("Plug it in and give the same command again; kyso key list shows what is there.")),
	ROW(SIGN_E_TOKEN_REMOVED, 8, N_("The token of \"{subject}\" was pulled out, or answers no more[ ({detail})]."),
	    N_("Plug it in and give the same command again: it goes on with the rest.")),
	ROW(SIGN_E_TOKEN_MODULE, 8, N_("The token's module \"{subject}\" cannot be used[: {detail}]."),
	    N_("Install the software of the token, and name its module with --module or in kyso.conf.")),

	ROW(SIGN_E_ROLE, 3, N_("\"{subject}\" does not carry the valid signature of the authorised person."),
	    N_("The agency may sign only what the person has signed (Decree 30/2020, article 32).")),
	ROW(SIGN_E_ROLE_KEY, 8, N_("The certificate of \"{subject}\" does not fit the role of --as[; it reads as: {detail}]."),
	    N_("Choose the other key, or the other role.")),
	ROW(SIGN_E_SIGNED_BY_OTHER, 7, N_("\"{subject}\" is there already and carries a signature of {detail}."),
	    N_("Add yours with kyso sign --add; it is never replaced.")),
	ROW(SIGN_E_ROLE_UNPROVEN, 3, N_("A person signed \"{subject}\", but that signature is not proven[ ({detail})]."),
	    N_("See kyso verify; name the authorities with --trust, or sign with --override REASON.")),
	ROW(SIGN_E_ALREADY, 0, N_("\"{subject}\" is signed with this certificate already."), ""),
	ROW(SIGN_E_TRUST, 10, N_("\"{subject}\" cannot be trusted as it is[, {where}][: {detail}]."),
	    N_("Put that right first; kyso trust check looks at a whole store.")),
	ROW(SIGN_E_TRUST_CONFIRM, 64, N_("\"{subject}\" is not a certificate that kyso knows[; its fingerprint is {detail}]."),
	    N_("Compare it with the one published by the authority, then give --fingerprint.")),
	ROW(SIGN_E_POLICY, 10, N_("There is no policy \"{subject}\"[; there are {detail}]."),
	    N_("Name one of these, or a JSON file (kyso-policy(5)).")),
	ROW(SIGN_E_CONFIG, 10, N_("The configuration has a mistake[, {where}][: \"{subject}\"][ (expected: {detail})]."),
	    N_("See kyso.conf(5).")),
	ROW(SIGN_E_LOCKED, 10, N_("The system's configuration does not allow this[: {subject}][ ({detail})]."),
	    N_("Ask the administrator.")),
	ROW(SIGN_E_DATA, 10, N_("The data file \"{subject}\" is damaged[, at {where}][: {detail}]."),
	    N_("Install kyso again, or mend the file.")),

	ROW(SIGN_E_JOURNAL, 7, N_("The journal \"{subject}\" cannot be used[: {detail}]."),
	    N_("Move it away: the outputs are the truth, and nothing is signed twice.")),
	ROW(SIGN_E_BUSY, 7, N_("Another kyso is working with \"{subject}\"."), N_("Wait until it has finished, or stop it first.")),
	ROW(SIGN_E_CHANGED_SINCE, 7, N_("\"{subject}\" was changed after it was signed."),
	    N_("Look at it, then sign it anew with --again --force.")),
};

static const code_row unknown_code = ROW(SIGN_E_INTERNAL, 7, N_("An unknown error happened[: {subject}]."), "");

static const code_row *
row_of(sign_code code)
{
	for (size_t i = 0; i < KS_COUNT(rows); i++) {
		if (rows[i].code == code)
			return &rows[i];
	}
	return &unknown_code;
}

const ks_words *
ks_words_code(sign_code code)
{
	return &row_of(code)->words;
}

int
ks_words_exit(sign_code code)
{
	return row_of(code)->exit;
}

const char *
ks_words_translate(const char *msgid)
{
	return msgid == NULL || msgid[0] == '\0' ? "" : _(msgid);
}

/* ---- filling ---- */

/* The text of a place at `s` ("{subject}"), its length in the sentence, or NULL if `s` is none. */
static const char *
place_at(const char *s, const ks_places *places, size_t *len)
{
	const struct { const char *mark, *text; } known[] = {
		{ "{subject}", places->subject }, { "{where}", places->where }, { "{detail}", places->detail },
	};

	for (size_t i = 0; i < KS_COUNT(known); i++) {
		*len = strlen(known[i].mark);
		if (strncmp(s, known[i].mark, *len) == 0)
			return known[i].text != NULL ? known[i].text : "";
	}
	return NULL;
}

/* Does a place between `s` and the closing bracket lack its text? */
static bool
part_is_empty(const char *s, const ks_places *places)
{
	for (; *s != '\0' && *s != ']'; s++) {
		size_t      len;
		const char *text = *s == '{' ? place_at(s, places, &len) : NULL;

		if (text != NULL && text[0] == '\0')
			return true;
	}
	return false;
}

/* Whole characters only; once one does not fit, nothing after it may (the cut is one cut). */
static void
append(char *text, size_t cap, size_t *used, bool *full, const char *s, size_t len)
{
	while (len > 0 && !*full) {
		size_t n = ks_text_step(s, len);

		if (*used + n >= cap) {
			*full = true;
			break;
		}
		memcpy(text + *used, s, n);
		*used += n;
		s += n;
		len -= n;
	}
	text[*used] = '\0';
}

void
ks_words_fill(const char *sentence, const ks_places *places, char *text, size_t cap, size_t *used)
{
	bool full = false;

	if (cap == 0 || *used >= cap)
		return;
	text[*used] = '\0';
	for (const char *s = ks_words_translate(sentence); *s != '\0';) {
		size_t      len = 0;
		const char *place = *s == '{' ? place_at(s, places, &len) : NULL;

		if (*s == '[' && part_is_empty(s, places)) {
			s += strcspn(s, "]");
			s += *s != '\0';
		} else if (*s == '[' || *s == ']') {
			s++;
		} else if (place != NULL) {
			append(text, cap, used, &full, place, strlen(place));
			s += len;
		} else {
			len = strcspn(s + 1, "[]{") + 1;
			append(text, cap, used, &full, s, len);
			s += len;
		}
	}
}
