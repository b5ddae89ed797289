/*
 * Stands in for Envoy: reports when it was started and how much CPU time its parent had burnt by then, and ends, or with
 * BENCH_SLEEP in the environment sleeps until SIGTERM, reports when that came, and ends. BENCH_RECORD names the pipe or
 * file for the reports.
 */
#include <fcntl.h>
#include <signal.h>
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
    if (getenv("BENCH_SLEEP") == NULL) return 0;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    int caught;
    sigwait(&stop, &caught);
    /* The one clock that the asking program shares. */
    report[0] = nanoseconds(CLOCK_REALTIME);
    return write(record, report, sizeof report) == sizeof report ? 0 : 1;
}
