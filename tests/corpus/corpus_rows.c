/*
 * Reading expected.tsv: columns path, kind, special, expected_integrity, ... (its README defines them).
 */
#include "corpus_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct corpus_row rows[CORPUS_MAX_ROWS];
static size_t            row_count;

const char *
corpus_folder(void)
{
	const char *folder = getenv("KYSO_CORPUS");

	return folder != NULL ? folder : KS_SOURCE_DIR "/../shared/corpus";
}

/* "content=xades/a.xml,xades/b.png; seen: ..." → the first document. */
static char *
content_of(const char *special)
{
	const char *at = strstr(special, "content=");

	if (at == NULL)
		return strdup("");
	at += strlen("content=");
	return strndup(at, strcspn(at, ",; \t"));
}

static void
take_line(char *line)
{
	struct corpus_row *row = &rows[row_count];
	char              *fields[4] = { NULL };
	char              *sigs;

	for (size_t i = 0; i < 4; i++)
		fields[i] = strsep(&line, "\t");
	if (fields[3] == NULL || row_count == CORPUS_MAX_ROWS)
		return;
	row->path = strdup(fields[0]);
	row->kind = strdup(fields[1]);
	row->special = strdup(fields[2]);
	row->expected = strdup(fields[3]);
	row->content = content_of(fields[2]);
	sigs = strstr(fields[3], "sigs=");
	row->has_sigs = sigs != NULL && sscanf(sigs, "sigs=%d/%d", &row->good, &row->all) == 2;
	row_count++;
}

const struct corpus_row *
corpus_rows(size_t *count)
{
	char   path[4096];
	char  *line = NULL;
	size_t cap = 0;
	FILE  *f;

	snprintf(path, sizeof(path), "%s/expected.tsv", corpus_folder());
	if (row_count == 0 && (f = fopen(path, "re")) != NULL) {
		if (getline(&line, &cap, f) > 0) /* the header */
			while (getline(&line, &cap, f) > 0)
				take_line(line);
		free(line);
		fclose(f);
	}
	*count = row_count;
	return rows;
}
