/*
 * What watching shares with walking: which names count, and a say before a folder is entered. Floor: base.
 */
#ifndef KS_BASE_WALK_H
#define KS_BASE_WALK_H

#include "base.h"

#include <libsign/batch.h>

/* Asked before each folder is read; *enter is true. An error is told through sign_walk_next(). */
typedef sign_code (*ks_walk_enter)(void *user, const char *path, const char *relative, bool *enter, sign_error *err);
void ks_walk_on_folder(sign_walk *walk, ks_walk_enter fn, void *user);
/* As sign_walk_add(), for a folder that is known as `relative` below its root ("": the root itself). */
sign_code ks_walk_add_beneath(sign_walk *walk, const char *path, const char *relative, sign_error *err);
/* Does a walk with these options take a file of this name? Counts what it passes over. */
bool ks_walk_takes(const sign_walk_options *options, sign_walk_counts *counts, const char *name, const char *path);
/* Hidden, lock and system files and folders. */
bool ks_walk_is_hidden(const char *name);
/* "folder" and "name" with one slash between; malloc'ed, NULL without memory. */
char *ks_walk_join(const char *folder, const char *name);

#endif
