/*
 * peak PID
 *
 * Reads a process's private memory (resident without what files and other processes share) every half millisecond until
 * its input ends; then prints the greatest number of bytes. Written in C so that it disturbs nothing and misses nothing.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **words)
{
    if (count != 2) return 2;
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/%s/statm", words[1]);
    int statm = open(path, O_RDONLY);
    struct pollfd input = {0, POLLIN, 0};
    long most = 0, size, resident, shared;
    while (poll(&input, 1, 0) == 0) {
        ssize_t length = pread(statm, text, sizeof text - 1, 0);
        if (length <= 0) return 1;
        text[length] = 0;
        if (sscanf(text, "%ld %ld %ld", &size, &resident, &shared) == 3 && resident - shared > most) most = resident - shared;
        usleep(500);
    }
    printf("%ld\n", most * sysconf(_SC_PAGESIZE));
    return 0;
}
