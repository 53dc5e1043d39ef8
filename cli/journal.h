/*
 * The journal of a command: where it lies, what the run is called in it, and what becomes of a journal that cannot be kept:
 * a warning, for the outputs are the truth.
 */
#ifndef KYSO_JOURNAL_H
#define KYSO_JOURNAL_H

#include "kyso.h"

struct journal {
	const struct run *run;
	char             *path; /* NULL: none is kept */
	sign_journal     *at;   /* NULL: not open, or given up */
};

/* --journal, else the usual name in `folder`; NULL and --no-journal: none. SIGN_OK or SIGN_E_MEMORY. */
sign_code journal_place(struct journal *j, const struct run *run, const char *folder, sign_error *err);
/*
 * Take its lock. Another run, and a journal that is damaged, are errors; one that cannot be written is an error only if it was
 * asked for by name, else it is said, and none is kept. Does nothing without a place, or when it is open.
 */
sign_code journal_open(struct journal *j, sign_error *err);
/* Does the folder in which it lies exist? */
bool      journal_has_folder(const struct journal *j);
/* Begin or continue; errors as journal_open(). */
sign_code journal_begin(struct journal *j, const sign_journal_run *what, sign_error *err);
/* Known from before, and unchanged? */
bool      journal_knows(struct journal *j, const char *path, const char *output, sign_journal_memory *memory);
/* How a document ended. `told` is the result with what the journal knows about it; borrowed for as long as both live. */
void      journal_record(struct journal *j, const sign_batch_result *result, sign_batch_result *told, sign_error *err);
/* A path that could not be worked on. */
void      journal_record_fault(struct journal *j, const char *path, const sign_error *err);
/* Before a wait: nothing that was recorded is left in memory. */
void      journal_flush(struct journal *j);
void      journal_close(struct journal *j, bool finished);

/* "key":"text" of a JSON object, a comma before it unless it is the first; NULL: left out. */
void json_member(FILE *out, const char *key, const char *text);
void json_member_list(FILE *out, const char *key, const struct text_list *list);

#endif
