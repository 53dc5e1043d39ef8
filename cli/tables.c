/*
 * The tables: which commands there are, and the options of each. An option that several commands share is one macro,
 * so that it means the same everywhere.
 */
#include "options.h"

#include <stddef.h>

#define AT(field) offsetof(struct settings, field)

static const struct option_word roles[] = {
	{ "person", SIGN_ROLE_PERSON },
	{ "agency", SIGN_ROLE_AGENCY },
	{ "appendix", SIGN_ROLE_APPENDIX },
	{ "copy", SIGN_ROLE_COPY },
	{ NULL, 0 },
};
static const struct option_word forms[] = {
	{ "asice", SIGN_FORM_ASICE_CADES },
	{ "asics", SIGN_FORM_ASICS_CADES },
	{ "p7s", SIGN_FORM_CADES_DETACHED },
	{ "xades", FORM_NOT_YET },
	{ "pdf", FORM_NOT_YET },
	{ NULL, 0 },
};
static const struct option_word schemes[] = {
	{ "auto", SIGN_SCHEME_NONE },
	{ "pkcs1", SIGN_SCHEME_RSA_PKCS1 },
	{ "pss", SIGN_SCHEME_RSA_PSS },
	{ "ecdsa", SIGN_SCHEME_ECDSA },
	{ NULL, 0 },
};
static const struct option_word digests[] = {
	{ "auto", SIGN_DIGEST_NONE },
	{ "sha256", SIGN_DIGEST_SHA256 },
	{ "sha384", SIGN_DIGEST_SHA384 },
	{ "sha512", SIGN_DIGEST_SHA512 },
	{ NULL, 0 },
};
static const struct option_word durabilities[] = {
	{ "group", SIGN_DURABILITY_GROUP },
	{ "each", SIGN_DURABILITY_EACH },
	{ "none", SIGN_DURABILITY_NONE },
	{ NULL, 0 },
};
static const struct option_word revocations[] = {
	{ "required", 0 },
	{ "if-available", 1 },
	{ NULL, 0 },
};

#define ROW_FILES                                                                                                    \
	{ "recursive", 'r', NULL, N_("descend into folders"), GROUP_FILES, OPT_FLAG, AT(recursive), NULL },         \
	{ "include", 0, N_("GLOB"), N_("only files whose name matches; repeatable"), GROUP_FILES, OPT_LIST,         \
	    AT(include), NULL },                                                                                     \
	{ "exclude", 0, N_("GLOB"), N_("no files whose name matches; repeatable"), GROUP_FILES, OPT_LIST,           \
	    AT(exclude), NULL },                                                                                     \
	{ "files-from", 0, N_("FILE"), N_("also take the paths listed in FILE, one a line; - is standard input"),    \
	    GROUP_FILES, OPT_TEXT, AT(files_from), NULL },                                                           \
	{ "null", '0', NULL, N_("paths in --files-from end with NUL, not with a new line"), GROUP_FILES, OPT_FLAG,   \
	    AT(nul_separated), NULL }

#define ROW_WATCH                                                                                                    \
	{ "watch", 0, NULL, N_("watch a folder and take what comes; what fails is moved to its folder failed/"),     \
	    GROUP_FILES, OPT_FLAG, AT(watch), NULL },                                                                \
	{ "settle", 0, N_("SECONDS"), N_("with --watch: take a file that did not change for so long (default: 2)"),  \
	    GROUP_FILES, OPT_NUMBER, AT(settle), NULL }

#define ROW_EVIDENCE                                                                                                 \
	{ "trust", 0, N_("PATH"), N_("trust these certificates, and not the configured stores; repeatable"),         \
	    GROUP_JUDGE, OPT_LIST, AT(trust), NULL },                                                                \
	{ "crl", 0, N_("PATH"), N_("take revocation lists from this file or folder too; repeatable"), GROUP_JUDGE,   \
	    OPT_LIST, AT(crl), NULL }

#define ROW_TRUST                                                                                                    \
	ROW_EVIDENCE,                                                                                                \
	{ "policy", 0, N_("POLICY"), N_("judge by this policy: default, official, or a JSON file"), GROUP_JUDGE,     \
	    OPT_TEXT, AT(policy), NULL },                                                                            \
	{ "revocation", 0, N_("RULE"), N_("without a revocation answer: required (not enough evidence) or "          \
	    "if-available (say so and go on)"), GROUP_JUDGE, OPT_WORD, AT(revocation), revocations }

#define ROW_VERIFY                                                                                                   \
	ROW_TRUST,                                                                                                   \
	{ "expect-signer", 0, N_("WHO"), N_("a name pattern, e-mail address or fingerprint that must have signed; "  \
	    "repeatable"), GROUP_JUDGE, OPT_LIST, AT(expect), NULL },                                                \
	{ "at", 0, N_("TIME"), N_("judge as if it were TIME (2026-11-20 or 2026-11-20T09:00:00+07:00)"),             \
	    GROUP_JUDGE, OPT_TIME, AT(at), NULL }

#define ROW_SECRET                                                                                                   \
	{ "cert", 0, N_("FILE"), N_("the certificate, when it is not in the key file"), GROUP_KEY, OPT_TEXT,         \
	    AT(cert), NULL },                                                                                        \
	{ "pin-file", 0, N_("FILE"), N_("read the PIN or passphrase from FILE"), GROUP_KEY,        \
	    OPT_TEXT, AT(pin_file), NULL },                                                                          \
	{ "pin-fd", 0, N_("N"), N_("read the PIN or passphrase from file descriptor N"), GROUP_KEY, OPT_NUMBER,      \
	    AT(pin_fd), NULL },                                                                                      \
	{ "module", 0, N_("FILE"), N_("the PKCS#11 module of the token"), GROUP_KEY, OPT_TEXT, AT(module), NULL },   \
	{ "final-try", 0, NULL, N_("try the PIN although the token will lock itself if it is wrong"), GROUP_KEY,     \
	    OPT_FLAG, AT(final_try), NULL }

#define ROW_JOBS                                                                                                     \
	{ "jobs", 'j', N_("N"), N_("work on N documents at once (default: one a processor)"), GROUP_GENERAL,         \
	    OPT_NUMBER, AT(jobs), NULL }

#define ROW_JOURNAL(what)                                                                                            \
	{ "journal", 0, N_("FILE"), what, GROUP_GENERAL, OPT_TEXT, AT(journal), NULL }

#define ROW_REPORT                                                                                                   \
	{ "report", 0, N_("FORMAT[:FILE]"), N_("report as text, json or jsonl, to FILE if named; repeatable"),       \
	    GROUP_GENERAL, OPT_LIST, AT(reports), NULL }

#define ROW_REPORT_SHOW                                                                                              \
	{ "report", 0, N_("FORMAT[:FILE]"), N_("report as text, json or jsonl, a journal also as csv or html, to FILE if "   \
	    "named; repeatable"), GROUP_GENERAL, OPT_LIST, AT(reports), NULL }

#define ROW_FORCE_REPORT                                                                                             \
	{ "force", 0, NULL, N_("replace a report that is there already"), GROUP_GENERAL, OPT_FLAG, AT(force), NULL }

#define ROW_GENERAL                                                                                                  \
	{ "lang", 0, N_("LANG"), N_("speak en or vi"), GROUP_GENERAL, OPT_TEXT, AT(lang), NULL },                    \
	{ "profile", 0, N_("NAME"), N_("use [profile NAME] of the configuration"), GROUP_GENERAL, OPT_TEXT,          \
	    AT(profile), NULL },                                                                                     \
	{ "quiet", 'q', NULL, N_("say only what failed"), GROUP_GENERAL, OPT_MORE, AT(quiet), NULL },                \
	{ "verbose", 'v', NULL, N_("say more"), GROUP_GENERAL, OPT_MORE, AT(verbose), NULL },                        \
	{ "help", 'h', NULL, N_("show this help"), GROUP_GENERAL, OPT_FLAG, AT(help), NULL },                        \
	{ NULL, 0, NULL, NULL, GROUP_GENERAL, OPT_FLAG, 0, NULL }

static const struct option_row sign_rows[] = {
	{ "key", 'k', N_("KEY"), N_("sign with this key: a name from the configuration, a file (PKCS#12, PEM), or a "
	    "token's pkcs11: URI"), GROUP_KEY,
	    OPT_TEXT, AT(key), NULL },
	ROW_SECRET,
	{ "as", 0, N_("ROLE"), N_("sign as person, agency, appendix or copy"), GROUP_SIGN, OPT_WORD, AT(role), roles },
	{ "title", 0, N_("TEXT"), N_("state the signer's title, e.g. \"Phó Giám đốc\""), GROUP_SIGN, OPT_TEXT, AT(title),
	    NULL },
	{ "place", 0, N_("TEXT"), N_("state the place of signing"), GROUP_SIGN, OPT_TEXT, AT(place), NULL },
	{ "commitment", 0, N_("KIND"), N_("state what signing means: origin, receipt, delivery, sender, approval or creation"),
	    GROUP_SIGN, OPT_TEXT, AT(commitment), NULL },
	{ "override", 0, N_("REASON"), N_("as agency: sign although the person's signature is missing; the reason is signed "
	    "and shown to every recipient"), GROUP_SIGN, OPT_TEXT, AT(override_reason), NULL },
	{ "add", 0, NULL, N_("add a signature to containers, keeping what is signed; needs -o or --in-place"), GROUP_SIGN,
	    OPT_FLAG, AT(add), NULL },
	{ "scheme", 0, N_("SCHEME"), N_("auto, pkcs1, pss or ecdsa"), GROUP_SIGN, OPT_WORD, AT(scheme), schemes },
	{ "digest", 0, N_("DIGEST"), N_("auto, sha256, sha384 or sha512"), GROUP_SIGN, OPT_WORD, AT(digest), digests },
	{ "again", 0, NULL, N_("sign even what is signed already: by this certificate, or a container as a document"), GROUP_SIGN, OPT_FLAG, AT(again), NULL },
	{ "form", 'f', N_("FORM"), N_("write asice (a container, the default), asics or p7s (beside the document)"),
	    GROUP_OUTPUT, OPT_WORD, AT(form), forms },
	{ "output", 'o', N_("PATH"), N_("write to this file, or into this folder"), GROUP_OUTPUT, OPT_TEXT, AT(output),
	    NULL },
	{ "bundle", 0, N_("FILE"), N_("put all documents into one container, FILE"), GROUP_OUTPUT, OPT_TEXT, AT(bundle),
	    NULL },
	{ "in-place", 0, NULL, N_("with --add: replace each container by the one with the new signature"), GROUP_OUTPUT,
	    OPT_FLAG, AT(in_place), NULL },
	{ "force", 0, NULL, N_("replace outputs that are there already"), GROUP_OUTPUT, OPT_FLAG, AT(force), NULL },
	{ "compress", 0, NULL, N_("compress documents in containers"), GROUP_OUTPUT, OPT_FLAG, AT(compress), NULL },
	{ "durability", 0, N_("HOW"), N_("bring outputs to disk in a group (default), each by itself, or none"), GROUP_OUTPUT,
	    OPT_WORD, AT(durability), durabilities },
	ROW_JOURNAL(N_("keep the journal in FILE (for folders: .kyso-sign.journal in the folder of the outputs)")),
	{ "no-journal", 0, NULL, N_("keep no journal"), GROUP_GENERAL, OPT_FLAG, AT(no_journal), NULL },
	{ "dry-run", 0, NULL, N_("only list what would be signed, and to where"), GROUP_OUTPUT, OPT_FLAG, AT(dry_run), NULL },
	ROW_FILES,
	ROW_WATCH,
	ROW_TRUST,
	ROW_JOBS,
	ROW_REPORT,
	ROW_GENERAL,
};
static const struct option_row verify_rows[] = {
	ROW_VERIFY,
	{ "content", 0, N_("FILE"), N_("the document of a detached signature (.p7s)"), GROUP_JUDGE, OPT_TEXT, AT(content),
	    NULL },
	{ "all", 0, NULL, N_("a document without signature in a folder is a fault"), GROUP_JUDGE, OPT_FLAG, AT(all), NULL },
	{ "allow-empty", 0, NULL, N_("a folder with nothing to check is no fault"), GROUP_JUDGE, OPT_FLAG, AT(allow_empty),
	    NULL },
	ROW_FILES,
	ROW_WATCH,
	{ "valid-to", 0, N_("FOLDER"), N_("with --watch: move what is valid to this folder"), GROUP_FILES, OPT_TEXT,
	    AT(valid_to), NULL },
	ROW_JOBS,
	ROW_JOURNAL(N_("keep a journal in FILE, so that an interrupted run goes on where it stopped")),
	ROW_REPORT,
	ROW_FORCE_REPORT,
	ROW_GENERAL,
};
static const struct option_row show_rows[] = {
	ROW_REPORT_SHOW,
	ROW_FORCE_REPORT,
	ROW_GENERAL,
};
static const struct option_row extract_rows[] = {
	{ "output", 'o', N_("FOLDER"), N_("write the documents into this folder (default: the current one)"), GROUP_OUTPUT,
	    OPT_TEXT, AT(output), NULL },
	{ "require-valid", 0, NULL, N_("write nothing unless everything is valid"), GROUP_OUTPUT, OPT_FLAG,
	    AT(require_valid), NULL },
	ROW_VERIFY,
	ROW_REPORT,
	ROW_FORCE_REPORT,
	ROW_GENERAL,
};
static const struct option_row key_list_rows[] = {
	ROW_SECRET,
	ROW_REPORT,
	ROW_FORCE_REPORT,
	ROW_GENERAL,
};
static const struct option_row key_check_rows[] = {
	{ "key", 'k', N_("KEY"), N_("the key: a name from the configuration, a file (PKCS#12, PEM), or a token's "
	    "pkcs11: URI"), GROUP_KEY, OPT_TEXT,
	    AT(key), NULL },
	ROW_SECRET,
	ROW_EVIDENCE,
	ROW_GENERAL,
};

#define ROW_STORE                                                                                                    \
	{ "store", 0, N_("STORE"), N_("the store: system, user (the default for changes), or a folder"), GROUP_STORE, \
	    OPT_TEXT, AT(store), NULL }

static const struct option_row trust_rows[] = {
	ROW_STORE,
	ROW_GENERAL,
};
static const struct option_row trust_add_rows[] = {
	ROW_STORE,
	{ "fingerprint", 0, N_("HEX"), N_("the SHA-256 fingerprint, as the authority published it"), GROUP_STORE, OPT_TEXT,
	    AT(fingerprint), NULL },
	{ "as-anchor", 0, NULL, N_("trust the certificate by itself even if it is not self-signed"), GROUP_STORE, OPT_FLAG,
	    AT(as_anchor), NULL },
	ROW_GENERAL,
};

static const struct option_row doctor_rows[] = {
	{ "module", 0, N_("FILE"), N_("look for tokens with this PKCS#11 module"), GROUP_KEY, OPT_TEXT, AT(module), NULL },
	ROW_REPORT,
	ROW_FORCE_REPORT,
	ROW_GENERAL,
};

static const struct option_row setup_rows[] = {
	{ "module", 0, N_("FILE"), N_("look for tokens with this PKCS#11 module too"), GROUP_KEY, OPT_TEXT, AT(module), NULL },
	{ "dry-run", 0, NULL, N_("show what the configuration would be, and write nothing"), GROUP_OUTPUT, OPT_FLAG, AT(dry_run),
	    NULL },
	ROW_GENERAL,
};

const struct command commands[] = {
	{ "sign", NULL, cmd_sign, N_("PATH..."), N_("sign documents, or every document in a folder"), sign_rows,
	    "kyso sign -k clerk.p12 -o signed/ outgoing/" },
	{ "verify", NULL, cmd_verify, N_("PATH..."), N_("check who signed what, and whether it still holds"), verify_rows,
	    "kyso verify --policy official letter.pdf.asice" },
	{ "show", NULL, cmd_show, N_("PATH..."), N_("show what is inside, judging no trust"), show_rows,
	    "kyso show letter.pdf.asice" },
	{ "extract", NULL, cmd_extract, N_("FILE"), N_("check, then write the documents out safely"), extract_rows,
	    "kyso extract -o documents/ letter.pdf.asice" },
	{ "key", "list", cmd_key_list, N_("[KEY...]"), N_("list the configured keys and tokens, or the keys named"), key_list_rows,
	    "kyso key list" },
	{ "key", "check", cmd_key_check, N_("[KEY]"), N_("check that a key is fit to sign documents today"), key_check_rows,
	    "kyso key check clerk.p12" },
	{ "trust", "list", cmd_trust_list, "", N_("list whom the stores trust"), trust_rows, "kyso trust list" },
	{ "trust", "add", cmd_trust_add, N_("FILE..."), N_("add certificates and revocation lists to a store"),
	    trust_add_rows, "kyso trust add root-ca.crt" },
	{ "trust", "remove", cmd_trust_remove, N_("FINGERPRINT..."),
	    N_("remove a certificate, by the beginning of its fingerprint, or a file"), trust_rows,
	    "kyso trust remove 3f9a02c4" },
	{ "trust", "check", cmd_trust_check, "", N_("look for what is wrong in a store"), trust_rows, "kyso trust check" },
	{ "setup", NULL, cmd_setup, N_("[PATH...]"), N_("find keys and write the configuration, question by question"),
	    setup_rows, "kyso setup" },
	{ "doctor", NULL, cmd_doctor, "", N_("look for what is wrong on this machine, and how to mend it"), doctor_rows,
	    "kyso doctor" },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};
