/*
 * launcher PIPE LOG PROGRAM [ARGUMENT...]
 *
 * Starts a program and waits for the report of the recording Envoy it starts in turn. Prints the nanoseconds from exec to
 * exec and the nanoseconds of CPU time the program burnt between, then ends it. Written in C so that nothing of the
 * benchmark itself stands between the clock and the exec.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 30000 };

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void become(const char *log, char **command, int64_t *begin)
{
    int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int input = open("/dev/null", O_RDONLY);
    if (output < 0 || input < 0) _exit(126);
    dup2(input, 0);
    dup2(output, 1);
    dup2(output, 2);
    close(input);
    close(output);
    begin[1] = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    begin[0] = nanoseconds(CLOCK_MONOTONIC);
    execv(command[0], command);
    _exit(127);
}

int main(int count, char **words)
{
    if (count < 4) return 2;
    int pipe = open(words[1], O_RDWR | O_CLOEXEC);
    int64_t *begin = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pipe < 0 || begin == MAP_FAILED) return 2;
    pid_t child = fork();
    if (child == 0) become(words[2], words + 3, begin);
    struct pollfd ends[2] = {{pipe, POLLIN, 0}, {syscall(SYS_pidfd_open, child, 0), POLLIN, 0}};
    poll(ends, 2, LIMIT);
    /* An agent that ends right after its Envoy has still reported. */
    poll(ends, 1, 0);
    int64_t report[2] = {-1, -1};
    int reported = (ends[0].revents & POLLIN) != 0 && read(pipe, report, sizeof report) == sizeof report;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!reported) {
        fprintf(stderr, WIFEXITED(status) ? "ended with status %d\n" : "killed by signal %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        return 1;
    }
    printf("%lld %lld\n", (long long)(report[0] - begin[0]), (long long)(report[1] - begin[1]));
    return 0;
}
