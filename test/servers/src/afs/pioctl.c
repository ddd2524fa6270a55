/*
 * A stand-in for the kernel's AFS system call, for tests: it keeps a token in a file, and answers checkvolumes; nothing
 * else is faked. The token is a real one of the real KDC, and the real servers check it.
 *
 * Preloaded, it answers what the programs (fs, aklog, tokens, unlog, vos, k5start) ask by an ioctl of a file that only the
 * kernel module makes. As in the kernel, a setpag gives a process and its children a place of their own for the token:
 * here, a session keyring, after whose number the file is named.
 *
 * A file /pioctl/fail-checkvolumes, fail-settoken or fail-setpag makes that call fail; hang-… makes it last for ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATE "/pioctl/"

/* What the programs hand over: OpenAFS, src/sys/afssyscalls.c and src/config/venus.h. */
struct call {
    long param4, param3, param2, param1, number;
};
struct data {
    char *in, *out;
    unsigned short in_size, out_size;
};
enum { PIOCTL = 20, SETPAG = 21 };
enum { SET_TOKEN = 3, GET_TOKEN = 8, UNLOG = 9, CHECK_VOLUMES = 11, CHECK_SERVERS = 10, UNPAG = 21 };

static int device = -1;

static int failed(int error) {
    errno = error;
    return -1;
}

static int told_to_fail(const char *what) {
    char path[64];
    snprintf(path, sizeof path, STATE "hang-%s", what);
    while (access(path, F_OK) == 0)
        pause();
    snprintf(path, sizeof path, STATE "fail-%s", what);
    return access(path, F_OK) == 0;
}

static const char *token_file(void) {
    static char path[64];
    long keyring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
    snprintf(path, sizeof path, STATE "token.%ld", keyring < 0 ? 0 : keyring);
    return path;
}

static int set_pag(void) {
    if (told_to_fail("setpag"))
        return failed(ENOMEM);
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL); /* where keyrings are forbidden, all share one token */
    return 0;
}

/* A token is set and asked for in the same form: there is no need to look into it. */
static int set_token(const struct data *data) {
    if (data->in == NULL || data->in_size == 0)
        return failed(EINVAL); /* k5start asks in this way whether there is AFS at all */
    if (told_to_fail("settoken"))
        return failed(EIO);
    int file = open64(token_file(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        return -1;
    int complete = write(file, data->in, data->in_size) == data->in_size;
    close(file);
    return complete ? 0 : failed(EIO);
}

/* By number: there is one at most, the first. */
static int get_token(const struct data *data) {
    int index = 0;
    if (data->in_size >= sizeof index)
        memcpy(&index, data->in, sizeof index);
    if (index != 0)
        return failed(EDOM);
    int file = open64(token_file(), O_RDONLY);
    if (file < 0)
        return failed(EDOM);
    int complete = read(file, data->out, data->out_size) > 0;
    close(file);
    return complete ? 0 : failed(EIO);
}

static int answer(unsigned long command, const struct data *data) {
    if (((command >> 8) & 0xff) != 'V')
        return failed(EINVAL); /* as an older kernel module does: programs then ask in the old form */
    switch (command & 0xff) {
    case SET_TOKEN:
        return set_token(data);
    case GET_TOKEN:
        return get_token(data);
    case UNLOG:
    case UNPAG:
        unlink(token_file());
        return 0;
    case CHECK_VOLUMES:
        return told_to_fail("checkvolumes") ? failed(EIO) : 0;
    default:
        return failed(EINVAL);
    }
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (strcmp(path, "/proc/fs/openafs/afs_ioctl") == 0)
        return device = open64("/dev/null", flags | O_CLOEXEC);
    return open64(path, flags, mode);
}

int ioctl(int file, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (file != device || file < 0)
        return syscall(SYS_ioctl, file, request, argument);
    device = -1; /* the programs close it after one call */
    const struct call *call = argument;
    if (call->number == SETPAG)
        return set_pag();
    return call->number == PIOCTL ? answer(call->param2, (const struct data *)call->param3) : failed(EINVAL);
}
