/*
 * What the parts of kyso setup share: keys and certificates that were found, and the answers.
 */
#ifndef KYSO_SETUP_H
#define KYSO_SETUP_H

#include "key.h"

/* A key that could be used. */
struct candidate {
	char  *uri, *module; /* module "": a file */
	char  *place;        /* "file ~/clerk.p12", "token SO-MAU" */
	char  *holder;       /* of its certificate; "" if that is locked away */
	char  *issuer;
	char  *name;         /* proposed for the configuration */
	time_t until;        /* 0: not known */
};

/* A file with certificates of known authorities. */
struct authority {
	char *file, *name;
};

#define MAX_FOUND 99
struct setup {
	const struct run *run;
	struct candidate  keys[MAX_FOUND];
	size_t            key_count;
	struct authority  authorities[MAX_FOUND];
	size_t            authority_count;
	/* the answers; NULL: not to be set */
	const char *lang, *policy, *form, *as;
	const struct candidate *key;
	char       *key_name;
};

/* ---- setup_find.c ---------------------------------------------------------------------------------------------- */
void setup_find(struct setup *s);
void setup_clear(struct setup *s);
/* Does the holder's name look like an agency's: all in capitals, as the rules of policies/official.json have it? */
bool setup_is_agency(const char *holder);

/* ---- setup_file.c ---------------------------------------------------------------------------------------------- */
/* $XDG_CONFIG_HOME/kyso/kyso.conf, links resolved; malloc'ed, NULL without memory or a home. */
char     *setup_path(void);
/* The file as it is, and as it would be: what kyso does not know stays. malloc'ed; *before "" if there is none. */
sign_code setup_texts(const struct setup *s, const char *path, char **before, char **after, sign_error *err);
/* Whole or not at all, for its owner alone. */
sign_code setup_write(const char *path, const char *text, sign_error *err);

#endif
