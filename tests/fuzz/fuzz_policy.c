/*
 * A policy file. It is read through a file in memory, since the loader takes paths.
 */
#include "fuzz.h"

#include "validate_policy.h"

#include <sys/mman.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ks_policy *policy = NULL;
	sign_error err = SIGN_ERROR_INIT;
	char       path[64];
	int        fd = memfd_create("policy", MFD_CLOEXEC);
	sign_code  rc;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = ks_policy_load(path, &policy, &err);
	FUZZ_TOLD(rc, err);
	FUZZ_CHECK((rc == SIGN_OK) == (policy != NULL));
	FUZZ_CHECK(policy == NULL || policy->rule_count <= KS_POLICY_MAX_RULES);
	ks_policy_free(policy);
	close(fd);
	return 0;
}
