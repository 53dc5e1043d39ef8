/*
 * Copies of what a verdict shows, so that the facts may go while the report stays. Floor: validate. Decides nothing.
 */
#include "validate_steps.h"

#include "base_text.h"

#include <stdio.h>
#include <stdlib.h>

int
ks_compare_index(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

const char *
ks_copy_text(ks_arena *arena, const char *text)
{
	return text == NULL || text[0] == '\0' ? "" : ks_arena_strdup(arena, text);
}

static const char *
key_text(ks_arena *arena, const ks_cert *cert)
{
	switch (cert->key_type) {
	case KS_KEY_RSA:
		return ks_arena_printf(arena, "RSA %u", cert->key_bits);
	case KS_KEY_RSA_PSS:
		return ks_arena_printf(arena, "RSA-PSS %u", cert->key_bits);
	case KS_KEY_EC:
		return ks_arena_printf(arena, "EC %s", cert->curve != NULL ? cert->curve : "?");
	case KS_KEY_DSA:
		return ks_arena_printf(arena, "DSA %u", cert->key_bits);
	case KS_KEY_ED25519:
		return "Ed25519";
	case KS_KEY_ED448:
		return "Ed448";
	case KS_KEY_NONE:
		break;
	}
	return "?";
}

sign_code
ks_copy_cert(ks_arena *arena, const ks_cert *cert, bool anchor, ks_report_cert *out, sign_error *err)
{
	char hex[65];
	struct { const char **to, *from; } texts[] = {
		{ &out->subject, cert->subject }, { &out->name, cert->subject_cn }, { &out->issuer, cert->issuer },
		{ &out->issuer_name, cert->issuer_cn }, { &out->serial, cert->serial_hex }, { &out->fingerprint, hex },
		{ &out->organisation, cert->subject_o }, { &out->email, cert->subject_email },
	};

	ks_hex(KS_BYTES(cert->sha256, sizeof(cert->sha256)), hex, sizeof(hex));
	for (size_t i = 0; i < KS_COUNT(texts); i++) {
		*texts[i].to = ks_copy_text(arena, texts[i].from);
		if (*texts[i].to == NULL)
			return ks_fail_memory(err);
	}
	out->key = key_text(arena, cert);
	if (out->key == NULL)
		return ks_fail_memory(err);
	out->not_before = cert->not_before;
	out->not_after = cert->not_after;
	out->anchor = anchor;
	out->revocation.source = out->revocation.fault = "";
	out->revocation.reason = -1;
	return SIGN_OK;
}

sign_code
ks_copy_notes(ks_arena *arena, const ks_note *notes, size_t count, ks_note **out, size_t *out_count, sign_error *err)
{
	for (size_t i = 0; i < count; i++) {
		ks_note *note = ks_arena_push(arena, out, out_count, sizeof(*note));

		if (note == NULL)
			return ks_fail_memory(err);
		note->code = notes[i].code;
		note->subject = ks_copy_text(arena, notes[i].subject);
		if (note->subject == NULL)
			return ks_fail_memory(err);
	}
	return SIGN_OK;
}

/* What the attributes make it look like; nothing here was proven (EN 319 122-1 6.1). */
static const char *
level_text(const ks_signature *s)
{
	if (s->ess == KS_ESS_ABSENT)
		return "CMS";
	if (!s->has_signing_time)
		return "CAdES";
	if (s->archive_stamp_count > 0)
		return "CAdES-B-LTA";
	return s->timestamp_count > 0 ? "CAdES-B-T" : "CAdES-B-B";
}

/* domain.md 0.5: signers that write local time as if it were UTC are about seven hours ahead of any clock. */
static bool
looks_like_local_time(const ks_case *c, const ks_signature *s)
{
	const time_t hour = 3600;

	if (!s->has_signing_time || c->judge->what_if)
		return false;
	return s->signing_time > c->judge->now + hour && s->signing_time <= c->judge->now + 8 * hour;
}

/* The reader's notes, but that a certificate is not named: where the policy does not allow it, a reason says so. */
static sign_code
copy_reader_notes(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err)
{
	for (size_t i = 0; i < s->note_count; i++) {
		if (s->notes[i].code == KS_NOTE_NO_SIGNING_CERT_ATTR && !c->judge->policy->allow_no_signing_cert_attr)
			continue;
		KS_TRY(ks_copy_notes(c->arena, &s->notes[i], 1, &out->notes, &out->note_count, err));
	}
	return SIGN_OK;
}

/* A claim decides nothing, but one that cannot be true is said. Under --at, now is not what a clock shows. */
static ks_note_code
odd_time(const ks_case *c, const ks_signature *s)
{
	const time_t skew = 300;

	if (looks_like_local_time(c, s))
		return KS_NOTE_LOCAL_TIME_AS_UTC;
	return !c->judge->what_if && s->signing_time > c->judge->now + skew ? KS_NOTE_TIME_AHEAD : KS_NOTE_NONE;
}

static sign_code
note_claimed_time(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err)
{
	char    from[KS_TIME_TEXT], until[KS_TIME_TEXT], validity[2 * KS_TIME_TEXT + 4];
	ks_note odd = { odd_time(c, s), "" }, outside = { KS_NOTE_TIME_OUTSIDE_CERT, validity };

	if (odd.code != KS_NOTE_NONE)
		KS_TRY(ks_copy_notes(c->arena, &odd, 1, &out->notes, &out->note_count, err));
	if (s->signer == NULL || (s->signing_time >= s->signer->not_before && s->signing_time <= s->signer->not_after))
		return SIGN_OK;
	ks_time_utc(s->signer->not_before, from);
	ks_time_utc(s->signer->not_after, until);
	(void)snprintf(validity, sizeof(validity), "%s – %s", from, until);
	return ks_copy_notes(c->arena, &outside, 1, &out->notes, &out->note_count, err);
}

static sign_code
copy_signature_notes(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err)
{
	KS_TRY(copy_reader_notes(c, s, out, err));
	return s->has_signing_time ? note_claimed_time(c, s, out, err) : SIGN_OK;
}

sign_code
ks_copy_claims(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err)
{
	struct { const char **to, *from; } texts[] = {
		{ &out->id, s->id }, { &out->file, s->file }, { &out->title, s->title }, { &out->place, s->place },
		{ &out->commitment, s->commitment }, { &out->override_reason, s->override_reason },
	};

	for (size_t i = 0; i < KS_COUNT(texts); i++) {
		*texts[i].to = ks_copy_text(c->arena, texts[i].from);
		if (*texts[i].to == NULL)
			return ks_fail_memory(err);
	}
	out->algorithm = ks_algorithm_text(c->arena, s);
	if (out->algorithm == NULL)
		return ks_fail_memory(err);
	out->is_countersignature = s->is_countersignature;
	out->countersigns = s->countersigns;
	out->digest = s->digest_alg;
	out->scheme = s->scheme;
	out->has_claimed_time = s->has_signing_time;
	out->claimed_time = s->signing_time;
	out->level = level_text(s);
	out->system = out->pretends = "";
	for (size_t i = 0; i < s->covers_count; i++) {
		size_t *covered = ks_arena_push(c->arena, &out->covers_signatures, &out->covers_signature_count,
		    sizeof(*covered));

		if (covered == NULL)
			return ks_fail_memory(err);
		*covered = s->covers[i];
	}
	if (out->covers_signature_count > 1)
		qsort(out->covers_signatures, out->covers_signature_count, sizeof(*out->covers_signatures), ks_compare_index);
	return copy_signature_notes(c, s, out, err);
}
