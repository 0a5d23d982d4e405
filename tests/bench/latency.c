/* How long damage takes from the file system to whoever listens.
 *   latency bus ROUNDS ENVIRONMENT PATH AWAY rename|delete    until the daemon's signal for ENVIRONMENT arrives
 *   latency inotify ROUNDS FOLDER PATH AWAY rename|delete     until a bare inotify descriptor on FOLDER has the event
 * Each round takes PATH away: it is renamed to AWAY, or deleted (AWAY then holds a hard link from which it comes back). Then it
 * waits, puts PATH back and waits again. Prints the microseconds until the damage was known, one round on a line. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

enum { patience_us = 30 * 1000 * 1000 };

static const char* path;
static const char* away;
static int is_deleted;

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void fail(const char* what, int error)
{
    fprintf(stderr, "latency: %s: %s\n", what, strerror(error));
    exit(1);
}

static void break_it(void)
{
    if (is_deleted ? unlink(path) != 0 : rename(path, away) != 0) fail("breaking", errno);
}

static void mend_it(void)
{
    if (is_deleted ? link(away, path) != 0 : rename(away, path) != 0) fail("mending", errno);
}

/* On the bus. What EnvironmentChanged says of the environment: 'b'roken, 'h'ealthy, or whatever its state begins with. */
static const char* wanted;
static char state;

static int on_signal(sd_bus_message* message, void* data, sd_bus_error* error)
{
    const char *id, *place, *kind, *said;
    (void)data;
    (void)error;
    if (sd_bus_message_enter_container(message, 'r', NULL) < 0) return 0;
    if (sd_bus_message_read(message, "ssss", &id, &place, &kind, &said) < 0) return 0;
    if (strcmp(place, wanted) == 0) state = said[0];
    return 0;
}

static void await_state(sd_bus* bus, int healthy)
{
    const long long end = now_us() + patience_us;
    while (state == 0 || (state == 'h') != healthy) {
        const int done = sd_bus_process(bus, NULL);
        if (done < 0) fail("the bus", -done);
        if (done > 0) continue;
        const long long left = end - now_us();
        if (left <= 0) fail(healthy ? "not told of the mending" : "not told of the damage", ETIMEDOUT);
        sd_bus_wait(bus, (uint64_t)left);
    }
}

static void on_the_bus(int rounds)
{
    sd_bus* bus = NULL;
    int done = sd_bus_open_user(&bus);
    if (done < 0) fail("connecting", -done);
    done = sd_bus_add_match(bus, NULL, "type='signal',interface='org.envfix1.Manager',member='EnvironmentChanged'", on_signal, NULL);
    if (done < 0) fail("listening", -done);
    for (int i = 0; i < rounds; ++i) {
        state = 0;
        const long long begun = now_us();
        break_it();
        await_state(bus, 0);
        printf("%lld\n", now_us() - begun);
        mend_it();
        await_state(bus, 1);
    }
}

static void on_inotify(int rounds, const char* folder)
{
    char events[4096] __attribute__((aligned(8)));
    const int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0 || inotify_add_watch(fd, folder, IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE) < 0) fail("inotify", errno);
    for (int i = 0; i < rounds; ++i) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        const long long begun = now_us();
        break_it();
        if (poll(&ready, 1, patience_us / 1000) != 1 || read(fd, events, sizeof events) <= 0) fail("no event", ETIMEDOUT);
        printf("%lld\n", now_us() - begun);
        mend_it();
        if (poll(&ready, 1, patience_us / 1000) != 1 || read(fd, events, sizeof events) <= 0) fail("no event", ETIMEDOUT);
    }
}

int main(int argc, char** argv)
{
    if (argc != 7) return 2;
    const int rounds = atoi(argv[2]);
    path = argv[4];
    away = argv[5];
    is_deleted = strcmp(argv[6], "delete") == 0;
    if (is_deleted && link(path, away) != 0) fail("keeping a link", errno);
    if (strcmp(argv[1], "bus") == 0) {
        wanted = argv[3];
        on_the_bus(rounds);
    } else {
        on_inotify(rounds, argv[3]);
    }
    if (is_deleted) unlink(away);
    return 0;
}
