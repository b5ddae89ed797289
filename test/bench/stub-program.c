/*
 * Stands in for the programs of iptables: prints a version when asked for one, reads its input if it restores, and does nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    char buffer[4096];
    if (count > 1 && strcmp(words[1], "--version") == 0) puts("iptables v1.8.9 (nf_tables)");
    if (strstr(words[0], "-restore") != NULL)
        while (read(0, buffer, sizeof buffer) > 0) continue;
    return 0;
}
