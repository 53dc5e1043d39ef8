/* A test that passes and leaks, in the worker process where Criterion itself does not notice. Gates must. */
#include <criterion/criterion.h>
#include <stdlib.h>

static void *volatile held;

Test(gate, leaks)
{
	held = malloc(100);
	cr_assert_not_null(held);
	held = NULL;
}
