/*
 * Showing what is inside, no trust judged and no document hashed. Floor: flow.
 */
#include "flow.h"
#include "open.h"
#include "report_show.h"

sign_code
sign_show(sign_worker *w, const char *path, sign_report_format format, unsigned width, bool colour, char **text,
    sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_facts) ks_facts *facts = NULL;
	sign_form form = SIGN_FORM_UNKNOWN;

	*text = NULL;
	KS_TRY(ks_file_open(path, &file, err));
	KS_TRY(ks_open_detect(file, &form, err));
	if (form == SIGN_FORM_UNKNOWN || form > SIGN_FORM_LAST_READ)
		return ks_report_show_form(path, form, file->size_bytes, format, text, err);
	KS_TRY(ks_open_outline(w->cx, file, &facts, err));
	return ks_report_show(facts, format, width, colour, text, err);
}
