/* Tests that pass and do what they must not: write one byte past a buffer, add past INT_MAX. Gates must notice. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

Test(gate, memory)
{
	volatile size_t past = 16;
	char           *block = calloc(1, 16);

	cr_assert_not_null(block);
	block[past] = 1;
	free(block);
}

Test(gate, number)
{
	volatile int big = INT_MAX;

	big = big + 1;
	cr_assert_lt(big, 0);
}
