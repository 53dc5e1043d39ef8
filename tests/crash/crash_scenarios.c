/*
 * What is run and killed: every form, every way of adding, every durability, and judging.
 */
#include "crash.h"

#define PERSON "-k", "KEYS/person-plain.pem"
#define AGENCY "-k", "KEYS/agency-ec.pem", "--pin-file", "KEYS/pin.txt"

const struct crash_scenario crash_scenarios[] = {
	{ "asice, group", CRASH_SIGN, ".asice", "out", "out/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", PERSON, "-o", "out", "in" } },
	{ "asice, each", CRASH_SIGN, ".asice", "out", "out/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", "--durability", "each", PERSON, "-o", "out", "in" } },
	{ "asice, none", CRASH_SIGN, ".asice", "out", "out/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", "--durability", "none", PERSON, "-o", "out", "in" } },
	{ "asice, beside", CRASH_SIGN, ".asice", "in", "in/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", PERSON, "in" } },
	{ "asice, old disk", CRASH_SIGN, ".asice", "out", "out/.kyso-sign.journal", 1, true, false,
	    { "sign", "-r", "-j2", PERSON, "-o", "out", "in" } },
	{ "asics", CRASH_SIGN, ".asics", "out", "out/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", "-f", "asics", PERSON, "-o", "out", "in" } },
	{ "p7s, group", CRASH_SIGN, ".p7s", "in", "in/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", "-f", "p7s", PERSON, "in" } },
	{ "p7s, none", CRASH_SIGN, ".p7s", "in", "in/.kyso-sign.journal", 1, false, false,
	    { "sign", "-r", "-j2", "-f", "p7s", "--durability", "none", PERSON, "in" } },
	{ "add", CRASH_ADD, ".asice", "out", "out/.kyso-sign.journal", 2, false, false,
	    { "sign", "--add", "-r", "-j2", AGENCY, "-o", "out", "in" } },
	{ "add in place, group", CRASH_IN_PLACE, ".asice", "in", "in/.kyso-sign.journal", 2, false, false,
	    { "sign", "--add", "--in-place", "-r", "-j2", AGENCY, "in" } },
	{ "add in place, each", CRASH_IN_PLACE, ".asice", "in", "in/.kyso-sign.journal", 2, false, false,
	    { "sign", "--add", "--in-place", "-r", "-j2", "--durability", "each", AGENCY, "in" } },
	{ "add in place, old disk", CRASH_IN_PLACE, ".asice", "in", "in/.kyso-sign.journal", 2, true, false,
	    { "sign", "--add", "--in-place", "-r", "-j2", AGENCY, "in" } },
	{ "bundle", CRASH_BUNDLE, ".asice", "out.asice", NULL, 1, false, false,
	    { "sign", "-r", PERSON, "--bundle", "out.asice", "in" } },
	{ "bundle, old disk", CRASH_BUNDLE, ".asice", "out.asice", NULL, 1, true, false,
	    { "sign", "-r", PERSON, "--bundle", "out.asice", "in" } },
	{ "watch", CRASH_SIGN, ".asice", "out", "out/.kyso-sign.journal", 1, false, true,
	    { "sign", "--watch", "--settle", "0", "-r", "-j2", PERSON, "-o", "out", "in" } },
	{ "verify, journal", CRASH_VERIFY, "", "", "judged.journal", 1, false, false,
	    { "verify", "-r", "-j2", "--trust", "KEYS/trust", "--journal", "judged.journal", "in" } },
	{ "verify", CRASH_VERIFY, "", "", NULL, 1, false, false,
	    { "verify", "-r", "-j2", "--trust", "KEYS/trust", "in" } },
};
const size_t crash_scenario_count = sizeof(crash_scenarios) / sizeof(*crash_scenarios);
