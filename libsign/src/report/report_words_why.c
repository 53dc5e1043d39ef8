/*
 * Sentences of a verdict: one row per reason and per note. Floor: report. A reason says what is so and what to do next, in
 * words a clerk can act on; the sub-indication beside it is for whoever must look deeper.
 */
#include "report_words.h"

#define WHY(why, sentence, hint, tag) [KS_WHY_##why] = { #why, sentence, hint, tag }

static const ks_words reasons[KS_WHY_COUNT] = {
	WHY(NONE, "", "", NULL),
	WHY(FORMAT, N_("The signature breaks the rules of its form[: {detail}]."), N_("Ask the sender for the original."), NULL),
	WHY(NO_SIGNED_ATTRS, N_("The signature does not say what it signs, so it could have been made for something else."),
	    N_("Send the document back; it must be signed again."), NULL),
	WHY(HASH_DOCUMENT, N_("\"{subject}\" was changed after it was signed."),
	    N_("Send the document back and ask the sender for the original."), NULL),
	WHY(HASH_CONTENT, N_("What this signature signs was changed after it was signed."),
	    N_("Send the document back and ask the sender for the original."), NULL),
	WHY(VALUE, N_("The signature was not made with the key of {subject}, or was changed."),
	    N_("Send the document back and ask the sender for the original."), NULL),
	WHY(DATA_MISSING, N_("\"{subject}\" was signed but is not here."), N_("Ask the sender for the complete document."), NULL),
	WHY(CONTENT_MISSING, N_("The document that belongs to this signature is not here."),
	    N_("Name it with --content FILE."), NULL),
	WHY(NO_CERT, N_("The signer's certificate is not in the document[: {subject}]."),
	    N_("Ask the sender to sign again, certificate included."), NULL),
	WHY(CERT_REF_MISMATCH, N_("The certificate is not the one the signer named when signing[: {subject}]."),
	    N_("Do not rely on this signature; ask the sender."), NULL),
	WHY(NO_CERT_REF, N_("The signature does not name its certificate, so another could stand in its place."),
	    N_("Ask the sender to sign again with a present-day program."), NULL),
	WHY(NO_TRUST, N_("No certification authority is trusted on this machine."),
	    N_("Add one: kyso trust add FILE, or name it with --trust."), NULL),
	WHY(CHAIN_MISSING, N_("The certificate of the issuer is missing[: {subject}]."),
	    N_("Add it: kyso trust add FILE, or name it with --trust."), NULL),
	WHY(CHAIN_UNTRUSTED, N_("The signer's certificate leads to an authority that is not trusted here[: {subject}]."),
	    N_("If you know this authority, add it: kyso trust add FILE."), NULL),
	WHY(CHAIN_BROKEN, N_("The chain of certificates does not hold[: {detail}]."),
	    N_("Do not rely on this signature; ask the sender."), NULL),
	WHY(IMPERSONATION, N_("The certificate says it comes from {subject}, but {subject} did not sign it. It is forged."),
	    N_("Do not accept the document; report it to your superior and to the agency it names."), NULL),
	WHY(CLAIMS_KNOWN, N_("The certificate says it comes from {subject}, whose certificate is not here to check that."),
	    N_("Add it: kyso trust add FILE."), NULL),
	WHY(EXPIRED, N_("The certificate of {subject} has expired[ ({detail})], and nothing proves that the signature is older."),
	    N_("Ask the sender for a time-stamped copy, or for a new signature."), NULL),
	WHY(NOT_YET, N_("The certificate of {subject} is not valid yet[ (from {detail})]."),
	    N_("Check this machine's clock; else ask the sender."), NULL),
	WHY(CA_EXPIRED, N_("The certificate of the issuer {subject} has expired[ ({detail})]."),
	    N_("Ask the sender for a time-stamped copy, or for a new signature."), NULL),
	WHY(REVOKED, N_("The certificate of {subject} was revoked[ ({detail})], and nothing proves that the signature is older."),
	    N_("Do not accept the document; ask the sender to sign it again."), NULL),
	WHY(CA_REVOKED, N_("The certificate of the issuer {subject} was revoked[ ({detail})]."),
	    N_("Do not accept the document; ask the sender to sign it again."), NULL),
	WHY(ON_HOLD, N_("The certificate of {subject} is suspended[ (since {detail})]."),
	    N_("Ask the sender, and check again when the suspension has been settled."), NULL),
	WHY(REVOCATION_UNKNOWN, N_("Whether the certificate of {subject} was revoked was NOT checked."),
	    N_("Give the revocation list[ of {detail}]: --crl FILE, or kyso trust add FILE."), NULL),
	WHY(REVOCATION_STALE, N_("The revocation list for the certificate of {subject} is out of date[ ({detail})]."),
	    N_("Give a newer one: --crl FILE, or kyso trust add FILE."), NULL),
	WHY(REVOCATION_BAD, N_("A revocation list in the name of {subject} is not acceptable[: {detail}]."),
	    N_("Remove it and give the one that the authority publishes."), NULL),
	WHY(KEY_USAGE, N_("The certificate of {subject} is not made for signing documents."),
	    N_("Ask the sender to sign with the right certificate."), NULL),
	WHY(WEAK_DIGEST, N_("The signature rests on {subject}, which is no longer safe[ (since {detail})]."),
	    N_("Ask the sender to sign again with a present-day program."), NULL),
	WHY(WEAK_KEY, N_("The signature rests on a key that is no longer safe: {subject}[ (since {detail})]."),
	    N_("Ask the sender to sign again with a stronger key."), NULL),
	WHY(UNLISTED_ALGORITHM, N_("The signature rests on an algorithm that is not on the accepted list: {subject}."),
	    N_("Ask the sender to sign again with RSA or ECDSA."), NULL),
	WHY(CLOCK, N_("This machine's clock is wrong: it is earlier than a revocation list that is already published[ ({detail})]."),
	    N_("Set the clock and check again."), NULL),
	WHY(ROLE_PERSON_MISSING, N_("The signature of the authorised person is missing[ on \"{subject}\"]."),
	    N_("Send the document back; it needs both signatures (Decree 30/2020, article 5)."),
	    N_("SIGNATURE OF THE PERSON MISSING")),
	WHY(ROLE_AGENCY_MISSING, N_("The agency's signature is missing[ on \"{subject}\"]."),
	    N_("Send the document back; it needs both signatures (Decree 30/2020, article 5)."),
	    N_("SIGNATURE OF THE AGENCY MISSING")),
	WHY(ROLE_UNKNOWN, N_("It is not known whether {subject} signed as a person or as an agency."),
	    N_("Add a role rule for this certificate to the policy."), N_("ROLE OF A SIGNER UNKNOWN")),
	WHY(ROLE_ORDER, N_("The agency {subject} signed before the authorised person."),
	    N_("Send the document back; the person signs first (Decree 30/2020, article 32)."),
	    N_("SIGNATURES IN THE WRONG ORDER")),
	WHY(NOT_COVERED, N_("Nobody signed \"{subject}\"."), N_("Do not rely on this file; ask the sender about it."),
	    N_("A FILE IS NOT SIGNED")),
	WHY(NOT_SIGNED, N_("The document carries no signature."), N_("Ask the sender for the signed document."),
	    N_("NO SIGNATURE")),
	WHY(EXPECTED_SIGNER_MISSING, N_("There is no valid signature of the expected signer \"{subject}\"."),
	    N_("Do not accept the document; ask the expected signer."), N_("EXPECTED SIGNER MISSING")),
	WHY(OVERRIDE, N_("The agency signed without the person's valid signature, for this stated reason: \"{subject}\"."), "",
	    NULL),
	WHY(NOTHING_COVERED, N_("The signature covers no document."), N_("Ask the sender for the complete document."),
	    N_("NO DOCUMENT IS SIGNED")),
	WHY(EARLIER_SIGNATURE_MISSING, N_("This signature was made over an earlier one that is no longer here."),
	    N_("Ask the sender for the complete document."), NULL),
	WHY(CRITICAL_EXTENSION, N_("The certificate of {subject} sets a condition that kyso does not understand."),
	    N_("Ask the certification authority what it means."), NULL),
};

#define NOTE(note, sentence) [KS_NOTE_##note] = { #note, sentence, "", NULL }

static const ks_words notes[KS_NOTE_COUNT] = {
	NOTE(NONE, ""),
	NOTE(MIMETYPE_MISSING, N_("The container does not name its type.")),
	NOTE(MIMETYPE_NOT_FIRST, N_("The container names its type, but not at its beginning.")),
	NOTE(MIMETYPE_COMPRESSED, N_("The container's type is compressed.")),
	NOTE(MIMETYPE_EXTRA, N_("The container's type carries an extra field.")),
	NOTE(MIMETYPE_CONTENT, N_("The container's type is not written as the standard asks[: {subject}].")),
	NOTE(ZIP_COMMENT, N_("The container carries a comment[: {subject}].")),
	NOTE(NAME_COLLISION, N_("Two names differ only in case or spelling form[: {subject}].")),
	NOTE(NAME_NOT_UTF8, N_("A name is not in UTF-8[: {subject}].")),
	NOTE(UNKNOWN_META, N_("META-INF holds a file that nothing refers to[: {subject}].")),
	NOTE(ATTRS_NOT_DER, N_("The signed attributes are not in their proper order; they were checked in it.")),
	NOTE(NOT_DER, N_("The signature is not encoded in DER throughout.")),
	NOTE(ECONTENT_PRESENT, N_("The signature carries a copy of the document inside.")),
	NOTE(TIMESTAMP_NOT_EXAMINED, N_("There is a time-stamp; this version does not examine it.")),
	NOTE(COUNTERSIGNATURE_NOT_EXAMINED, N_("There is a counter-signature; this version does not examine it.")),
	NOTE(ARCHIVE_NOT_EXAMINED, N_("There is an archive time-stamp; this version does not examine it.")),
	NOTE(EVIDENCE_RECORD_NOT_EXAMINED, N_("There is an evidence record; this version does not examine it[: {subject}].")),
	NOTE(SIGNING_TIME_MISSING, N_("The signer states no signing time.")),
	NOTE(ISSUER_SERIAL_DIFFERS, N_("The signed reference gives another issuer or serial number than the certificate.")),
	NOTE(ESS_V1, N_("The certificate is named by SHA-1 (signing-certificate, version 1).")),
	NOTE(NO_SIGNING_CERT_ATTR, N_("The signature does not name its certificate; the policy allows that.")),
	NOTE(TRAILING_DATA, N_("There are bytes after the signature that do not belong to it.")),
	NOTE(DUPLICATE_SIGNATURE, N_("The same signature is there twice.")),
	NOTE(NONCONFORMANT_MANIFEST_NAME, N_("A manifest or signature has an unusual name[: {subject}].")),
	NOTE(LOCAL_TIME_AS_UTC, N_("The claimed time is hours ahead of this machine's: it may be local time written as UTC.")),
	NOTE(MIME_TYPE_AND_HINTS, N_("The signature gives the document's type twice, which the standard does not allow.")),
	NOTE(PDF_ACTIVE_CONTENT, N_("The document holds active content[: {subject}].")),
};

const ks_words *
ks_words_why(ks_why why)
{
	return &reasons[(unsigned)why < KS_WHY_COUNT ? why : KS_WHY_NONE];
}

const ks_words *
ks_words_note(ks_note_code code)
{
	return &notes[(unsigned)code < KS_NOTE_COUNT ? code : KS_NOTE_NONE];
}
