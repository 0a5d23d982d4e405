/* The least that any checker could do: opens and reads each METADATA of one site folder, and the first 4 KiB of each file that
 * is named. Linked statically. Usage: check_floor ROUNDS SITE FILE... Prints the microseconds of the median round. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

static long read_all(int fd)
{
    long total = 0;
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0) break;
        total += got;
    }
    close(fd);
    return total;
}

static long read_once(const char* site, int count, char** files)
{
    long total = 0;
    DIR* folder = opendir(site);
    if (folder == NULL) return -1;
    for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length < 10 || strcmp(entry->d_name + length - 10, ".dist-info") != 0) continue;
        char name[512];
        snprintf(name, sizeof name, "%s/METADATA", entry->d_name);
        int fd = openat(dirfd(folder), name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) total += read_all(fd);
    }
    closedir(folder);
    for (int i = 0; i < count; ++i) {
        int fd = open(files[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ssize_t got = pread(fd, buffer, 4096, 0);
        if (got > 0) total += got;
        close(fd);
    }
    return total;
}

static int compare(const void* a, const void* b)
{
    const double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    const int rounds = atoi(argv[1]);
    if (rounds < 1) return 2;
    double* times = malloc((size_t)rounds * sizeof *times);
    if (times == NULL) return 1;
    for (int i = 0; i < rounds; ++i) {
        struct timespec begun, ended;
        clock_gettime(CLOCK_MONOTONIC, &begun);
        if (read_once(argv[2], argc - 3, argv + 3) <= 0) return 1;
        clock_gettime(CLOCK_MONOTONIC, &ended);
        times[i] = (double)(ended.tv_sec - begun.tv_sec) * 1e6 + (double)(ended.tv_nsec - begun.tv_nsec) / 1e3;
    }
    qsort(times, (size_t)rounds, sizeof *times, compare);
    printf("%.1f\n", times[rounds / 2]);
    return 0;
}
