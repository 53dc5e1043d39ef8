/*
 * The one pass over a document: read a block, digest it, hand it on. For large documents the digest is made by a second
 * thread while this one reads and writes, since each alone keeps a core busy. Floor: crypt.
 */
#include "crypt_pump.h"

#include <pthread.h>
#include <stdlib.h>

#define PIPE_BLOCKS      8
#define PIPE_BLOCK_BYTES ((size_t)256 * 1024)
#define PIPE_FROM_SIZE   ((uint64_t)8 << 20) /* below, starting a thread costs more than it saves */

/* Where blocks go besides the digest. */
struct outlet {
	ks_tee tee;
	void  *user;
};

static sign_code
hand_on(const struct outlet *o, const void *data, size_t len, sign_error *err)
{
	return o->tee != NULL ? o->tee(o->user, data, len, err) : SIGN_OK;
}

static sign_code
pump_alone(sign_source *source, ks_hasher *hasher, void *block, size_t block_bytes, const struct outlet *o, sign_error *err)
{
	size_t got;

	for (;;) {
		KS_TRY(source->read(source, block, block_bytes, &got, err));
		if (got == 0)
			return SIGN_OK;
		KS_TRY(ks_hasher_add(hasher, block, got, err));
		KS_TRY(hand_on(o, block, got, err));
	}
}

/* Blocks on their way to the digesting thread, in order. The worker's hasher is that thread's until it is joined. */
struct pipe {
	uint8_t        *blocks[PIPE_BLOCKS];
	size_t          lens[PIPE_BLOCKS];
	size_t          filled, digested; /* counts since the start */
	bool            ended;
	ks_hasher      *hasher;
	sign_code       code;             /* of digesting */
	sign_error      error;
	pthread_mutex_t lock;
	pthread_cond_t  moved;
};

static void *
digest_main(void *user)
{
	struct pipe *p = user;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		size_t at = p->digested % PIPE_BLOCKS;

		while (p->digested == p->filled && !p->ended)
			pthread_cond_wait(&p->moved, &p->lock);
		if (p->digested == p->filled)
			break;
		pthread_mutex_unlock(&p->lock);
		if (p->code == SIGN_OK)
			p->code = ks_hasher_add(p->hasher, p->blocks[at], p->lens[at], &p->error);
		pthread_mutex_lock(&p->lock);
		p->digested++;
		pthread_cond_signal(&p->moved);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
hand_over(struct pipe *p)
{
	pthread_mutex_lock(&p->lock);
	p->filled++;
	pthread_cond_signal(&p->moved);
	/* the next block is ours again once fewer than all are on their way */
	while (p->filled - p->digested == PIPE_BLOCKS)
		pthread_cond_wait(&p->moved, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static sign_code
feed(struct pipe *p, sign_source *source, const struct outlet *o, sign_error *err)
{
	for (;;) {
		size_t at = p->filled % PIPE_BLOCKS;

		KS_TRY(source->read(source, p->blocks[at], PIPE_BLOCK_BYTES, &p->lens[at], err));
		if (p->lens[at] == 0)
			return SIGN_OK;
		KS_TRY(hand_on(o, p->blocks[at], p->lens[at], err));
		hand_over(p);
	}
}

static sign_code
pump_together(struct pipe *p, sign_source *source, const struct outlet *o, bool *started, sign_error *err)
{
	pthread_t thread;
	sign_code code;

	*started = pthread_create(&thread, NULL, digest_main, p) == 0;
	if (!*started)
		return SIGN_OK;
	code = feed(p, source, o, err);
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	pthread_cond_signal(&p->moved);
	pthread_mutex_unlock(&p->lock);
	pthread_join(thread, NULL);
	if (code == SIGN_OK && p->code != SIGN_OK) {
		code = p->code;
		if (err != NULL)
			*err = p->error;
	}
	return code;
}

sign_code
ks_pump(sign_source *source, ks_hasher *hasher, void *block, size_t block_bytes, ks_tee tee, void *user, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *memory = NULL;
	struct outlet o = { tee, user };
	struct pipe   p = { .hasher = hasher, .error = SIGN_ERROR_INIT };
	bool          started = false;
	sign_code     code;

	if (source->size_bytes < PIPE_FROM_SIZE || source->size_bytes == UINT64_MAX ||
	    (memory = malloc(PIPE_BLOCKS * PIPE_BLOCK_BYTES)) == NULL)
		return pump_alone(source, hasher, block, block_bytes, &o, err);
	for (size_t i = 0; i < PIPE_BLOCKS; i++)
		p.blocks[i] = memory + i * PIPE_BLOCK_BYTES;
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.moved, NULL);
	code = pump_together(&p, source, &o, &started, err);
	pthread_cond_destroy(&p.moved);
	pthread_mutex_destroy(&p.lock);
	return started ? code : pump_alone(source, hasher, block, block_bytes, &o, err);
}

sign_code
ks_pump_digests(ks_crypt *cx, sign_source *source, ks_digest_set set, void *block, size_t block_bytes, ks_tee tee,
    void *user, ks_digest digests[SIGN_DIGEST_COUNT], sign_error *err)
{
	ks_hasher hasher;
	sign_code code;

	KS_TRY(ks_hasher_start(&hasher, cx, set, err));
	code = ks_pump(source, &hasher, block, block_bytes, tee, user, err);
	if (code == SIGN_OK)
		return ks_hasher_finish(&hasher, digests, err);
	ks_hasher_clear(&hasher);
	return code;
}
