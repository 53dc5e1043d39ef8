/*
 * What the parts of kyso doctor share: one finding after the other.
 */
#ifndef KYSO_DOCTOR_H
#define KYSO_DOCTOR_H

#include "key.h"
#include "reports.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor {
	struct run    *run;
	struct outlets outlets;
	uint64_t       counts[3]; /* by enum health */
	int            exit;      /* of the failures */
};

/* One thing that was looked at. Texts are borrowed; NULL for none. */
struct finding {
	const char *id;      /* stable: "key.dates"; a monitor goes by it */
	enum health health;
	int         exit;    /* of a failure */
	const char *subject; /* which key, folder, file */
	const char *detail;  /* for programs, untranslated: a date, a number, the name of a code */
	const char *mend;    /* what to do, translated */
};

/* Tell it, in a sentence (translated, printf). */
void tell_finding(struct doctor *d, const struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A failure or warning whose sentence and next step the library knows. */
void tell_error(struct doctor *d, const char *id, enum health health, const char *subject, const sign_error *err);
/* "2027-03-12" */
void iso_date(time_t when, char text[DATE_TEXT]);

void doctor_keys(struct doctor *d);    /* doctor_keys.c */
void doctor_trust(struct doctor *d);   /* doctor_trust.c */
void doctor_machine(struct doctor *d); /* doctor_machine.c: configuration, clock, disk, data, words */

#endif
