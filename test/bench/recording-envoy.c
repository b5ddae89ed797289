/*
 * Stands in for Envoy: reports when it was started and how much CPU time its parent had burnt by then, and ends, or with
 * BENCH_SLEEP in the environment sleeps until a signal. BENCH_RECORD names the pipe or file for the report.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? now.tv_sec * INT64_C(1000000000) + now.tv_nsec : -1;
}

int main(void)
{
    int64_t report[2] = {nanoseconds(CLOCK_MONOTONIC), -1};
    clockid_t parent;
    if (clock_getcpuclockid(getppid(), &parent) == 0) report[1] = nanoseconds(parent);
    const char *path = getenv("BENCH_RECORD");
    int record = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (record < 0 || write(record, report, sizeof report) != sizeof report) return 1;
    if (getenv("BENCH_SLEEP") != NULL) pause();
    return 0;
}
