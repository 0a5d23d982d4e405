// Counts, in every process that loads it, the calls that change a file below COUNT_ROOT, and at the COUNT_KILL-th of all
// processes together kills its own process, with COUNT_PARENT set the parent before. COUNT_FILE holds the counter, COUNT_LOG
// gets a line for each call: "live" or "ours" (below .envfix), the call, the path.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long* counter;
static long kill_at;
static int log_fd = -1;
static char root[4096];

__attribute__((constructor)) static void begin(void)
{
    const char* file = getenv("COUNT_FILE");
    const char* text = getenv("COUNT_ROOT");
    if (file == NULL || text == NULL) return;
    snprintf(root, sizeof root, "%s/", text);
    const char* at = getenv("COUNT_KILL");
    kill_at = at == NULL ? 0 : atol(at);
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void* place = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (place != MAP_FAILED) counter = place;
    const char* log = getenv("COUNT_LOG");
    if (log != NULL) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
}

static void count(const char* call, const char* path)
{
    if (counter == NULL || strncmp(path, root, strlen(root)) != 0) return;
    const int ours = strncmp(path + strlen(root), ".envfix/", 8) == 0;
    char line[8400];
    const int size = snprintf(line, sizeof line, "%s %s %s\n", ours ? "ours" : "live", call, path);
    if (log_fd >= 0) syscall(SYS_write, log_fd, line, (size_t)size);
    if (atomic_fetch_add(counter, 1) + 1 != kill_at) return;
    if (getenv("COUNT_PARENT") != NULL) kill(getppid(), SIGKILL);
    kill(getpid(), SIGKILL);
}

static void count_fd(const char* call, int fd)
{
    if (counter == NULL) return;
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return;
    path[size] = 0;
    count(call, path);
}

static void count_at(const char* call, int dir, const char* name)
{
    if (counter == NULL || name == NULL) return;
    if (name[0] == '/') {
        count(call, name);
        return;
    }
    char link[64];
    char folder[4096];
    char path[8200];
    if (dir == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    const ssize_t size = readlink(link, folder, sizeof folder - 1);
    if (size <= 0) return;
    folder[size] = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    count(call, path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & (O_CREAT | O_TRUNC)) != 0)

#define OPEN(name)                                                                                                           \
    int name(const char* path, int flags, ...)                                                                               \
    {                                                                                                                        \
        va_list rest;                                                                                                        \
        va_start(rest, flags);                                                                                               \
        const mode_t mode = va_arg(rest, mode_t);                                                                            \
        va_end(rest);                                                                                                        \
        if (WRITES(flags)) count_at("open", AT_FDCWD, path);                                                                 \
        return NEXT(name)(path, flags, mode);                                                                                \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                         \
    int name(int dir, const char* path, int flags, ...)                                                                      \
    {                                                                                                                        \
        va_list rest;                                                                                                        \
        va_start(rest, flags);                                                                                               \
        const mode_t mode = va_arg(rest, mode_t);                                                                            \
        va_end(rest);                                                                                                        \
        if (WRITES(flags)) count_at("open", dir, path);                                                                      \
        return NEXT(name)(dir, path, flags, mode);                                                                           \
    }
OPENAT(openat)
OPENAT(openat64)

#define ONE_PATH(name, parameters, arguments, dir, path)                                                                     \
    int name parameters                                                                                                      \
    {                                                                                                                        \
        count_at(#name, dir, path);                                                                                          \
        return NEXT(name) arguments;                                                                                         \
    }
ONE_PATH(creat, (const char* a, mode_t m), (a, m), AT_FDCWD, a)
ONE_PATH(unlink, (const char* a), (a), AT_FDCWD, a)
ONE_PATH(unlinkat, (int d, const char* a, int f), (d, a, f), d, a)
ONE_PATH(remove, (const char* a), (a), AT_FDCWD, a)
ONE_PATH(mkdir, (const char* a, mode_t m), (a, m), AT_FDCWD, a)
ONE_PATH(mkdirat, (int d, const char* a, mode_t m), (d, a, m), d, a)
ONE_PATH(rmdir, (const char* a), (a), AT_FDCWD, a)
ONE_PATH(chmod, (const char* a, mode_t m), (a, m), AT_FDCWD, a)
ONE_PATH(fchmodat, (int d, const char* a, mode_t m, int f), (d, a, m, f), d, a)
ONE_PATH(chown, (const char* a, uid_t u, gid_t g), (a, u, g), AT_FDCWD, a)
ONE_PATH(lchown, (const char* a, uid_t u, gid_t g), (a, u, g), AT_FDCWD, a)
ONE_PATH(truncate, (const char* a, off_t n), (a, n), AT_FDCWD, a)
ONE_PATH(symlink, (const char* t, const char* a), (t, a), AT_FDCWD, a)
ONE_PATH(symlinkat, (const char* t, int d, const char* a), (t, d, a), d, a)
ONE_PATH(link, (const char* t, const char* a), (t, a), AT_FDCWD, a)
ONE_PATH(linkat, (int e, const char* t, int d, const char* a, int f), (e, t, d, a, f), d, a)
ONE_PATH(utimensat, (int d, const char* a, const struct timespec t[2], int f), (d, a, t, f), d, a)

#define TWO_PATHS(name, parameters, arguments, from_dir, from, to_dir, to)                                                   \
    int name parameters                                                                                                      \
    {                                                                                                                        \
        count_at(#name, from_dir, from);                                                                                     \
        count_at(#name, to_dir, to);                                                                                         \
        return NEXT(name) arguments;                                                                                         \
    }
TWO_PATHS(rename, (const char* a, const char* b), (a, b), AT_FDCWD, a, AT_FDCWD, b)
TWO_PATHS(renameat, (int d, const char* a, int e, const char* b), (d, a, e, b), d, a, e, b)
TWO_PATHS(renameat2, (int d, const char* a, int e, const char* b, unsigned f), (d, a, e, b, f), d, a, e, b)

#define BY_FD(result, name, parameters, arguments, fd)                                                                       \
    result name parameters                                                                                                   \
    {                                                                                                                        \
        count_fd(#name, fd);                                                                                                 \
        return NEXT(name) arguments;                                                                                         \
    }
BY_FD(ssize_t, write, (int fd, const void* b, size_t n), (fd, b, n), fd)
BY_FD(ssize_t, pwrite, (int fd, const void* b, size_t n, off_t o), (fd, b, n, o), fd)
BY_FD(ssize_t, pwrite64, (int fd, const void* b, size_t n, off64_t o), (fd, b, n, o), fd)
BY_FD(ssize_t, writev, (int fd, const struct iovec* v, int n), (fd, v, n), fd)
BY_FD(int, ftruncate, (int fd, off_t n), (fd, n), fd)
BY_FD(int, ftruncate64, (int fd, off64_t n), (fd, n), fd)
BY_FD(int, fchmod, (int fd, mode_t m), (fd, m), fd)
BY_FD(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g), fd)
BY_FD(int, futimens, (int fd, const struct timespec t[2]), (fd, t), fd)
BY_FD(ssize_t, copy_file_range, (int in, off64_t* i, int fd, off64_t* o, size_t n, unsigned f), (in, i, fd, o, n, f), fd)
BY_FD(ssize_t, sendfile, (int fd, int in, off_t* o, size_t n), (fd, in, o, n), fd)
BY_FD(ssize_t, sendfile64, (int fd, int in, off64_t* o, size_t n), (fd, in, o, n), fd)
