/*
 * The word that was probably meant: edit distance with swaps of neighbours. Floor: conf.
 */
#include "conf.h"

#include <string.h>

#define MAX_WORD 64

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insertions, deletions, replacements, and swaps of neighbours, one each. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][MAX_WORD + 1];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	if (a_len > MAX_WORD || b_len > MAX_WORD)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		size_t *above = rows[(i + 2) % 3];
		size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], two_above[j - 2] + 1, row[j]);
		}
	}
	return rows[a_len % 3][b_len];
}

SIGN_API const char *
sign_nearest_word(const char *word, const char *const words[])
{
	const char *best = NULL;
	size_t      best_distance = SIZE_MAX;
	size_t      len = strlen(word);
	/* a third of the letters may be wrong, one always may */
	size_t      allowed = len < 6 ? (len < 2 ? 0 : 1 + len / 4) : len / 3;

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t d = distance(word, words[i]);

		if (d < best_distance) {
			best = words[i];
			best_distance = d;
		}
	}
	return best_distance <= allowed ? best : NULL;
}
