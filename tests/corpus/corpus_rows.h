/*
 * The rows of the corpus's expected.tsv.
 */
#ifndef CORPUS_ROWS_H
#define CORPUS_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#define CORPUS_MAX_ROWS 512

struct corpus_row {
	char *path, *kind, *special, *expected;
	char *content;           /* detached document, "" if none */
	bool  has_sigs;
	int   good, all;         /* of "sigs=good/all" */
};

/* Folder of the corpus: $KYSO_CORPUS, else ../shared/corpus beside the source. */
const char *corpus_folder(void);
/* All rows, read once in each process; *count 0 if the corpus is not there. */
const struct corpus_row *corpus_rows(size_t *count);

#endif
