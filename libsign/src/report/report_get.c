/* Public getters over the one verdict object. Floor: report. Texts are never NULL; */
#include "validate_verdict.h"

static const char *
text(const char *t)
{
	return t != NULL ? t : "";
}

void
sign_report_free(sign_report *report)
{
	ks_report_free(report);
}

sign_verdict
sign_report_verdict(const sign_report *report)
{
	return report->verdict;
}

sign_sub
sign_report_sub(const sign_report *report)
{
	return report->sub;
}

int
sign_report_exit(const sign_report *report)
{
	return report->exit_code;
}

const char *
sign_report_name(const sign_report *report)
{
	return text(report->name);
}

sign_form
sign_report_form(const sign_report *report)
{
	return report->form;
}

size_t
sign_report_signature_count(const sign_report *report)
{
	return report->signature_count;
}

const sign_report_signature *
sign_report_signature_at(const sign_report *report, size_t index)
{
	return index < report->signature_count ? &report->signatures[index] : NULL;
}

sign_verdict
sign_signature_verdict(const sign_report_signature *s)
{
	return s->verdict;
}

sign_sub
sign_signature_sub(const sign_report_signature *s)
{
	return s->sub;
}

bool
sign_signature_intact(const sign_report_signature *s)
{
	return s->intact;
}

size_t
sign_signature_countersigns(const sign_report_signature *s)
{
	return s->is_countersignature ? s->countersigns : SIZE_MAX;
}

sign_role
sign_signature_role(const sign_report_signature *s)
{
	return s->role;
}

const char *
sign_signature_signer(const sign_report_signature *s)
{
	return s->chain_length > 0 ? text(s->chain[0].name) : "";
}

const char *
sign_signature_fingerprint(const sign_report_signature *s)
{
	return s->chain_length > 0 ? text(s->chain[0].fingerprint) : "";
}

const char *
sign_signature_title(const sign_report_signature *s)
{
	return text(s->title);
}

bool
sign_signature_claimed_time(const sign_report_signature *s, time_t *when)
{
	if (s->has_claimed_time)
		*when = s->claimed_time;
	return s->has_claimed_time;
}

size_t
sign_report_file_count(const sign_report *report)
{
	return report->file_count;
}

const sign_report_file *
sign_report_file_at(const sign_report *report, size_t index)
{
	return index < report->file_count ? &report->files[index] : NULL;
}

const char *
sign_file_name(const sign_report_file *f)
{
	return text(f->name);
}

bool
sign_file_covered(const sign_report_file *f)
{
	/* the edge is there only when a signature that did not fail covers the file as it is */
	return f->edge_for_extract != NULL && !f->changed && !f->missing;
}
