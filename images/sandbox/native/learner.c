/*
 * "learner" is whoever asks.
 *
 * All 200 slots share one name in /etc/passwd, so that prompts, `whoami` and `ls -l` read the same in every sandbox.
 * By uid that is unambiguous; by name the first line would win, and newuidmap, which goes from the uid to the name and
 * back, would check every sandbox against the first slot's id range. This module answers the one question of what uid
 * "learner" has with the asking process's own, and leaves everything else to /etc/passwd.
 */
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { first_slot_id = 20001, last_slot_id = 20200 };

enum nss_status _nss_learner_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t length, int *error)
{
    static const char texts[] = "learner\0x\0Learner\0/home/learner\0/bin/bash";
    uid_t uid = getuid();

    if (strcmp(name, "learner") != 0 || uid < first_slot_id || uid > last_slot_id) {
        *error = ENOENT;
        return NSS_STATUS_NOTFOUND;
    }
    if (length < sizeof texts) {
        *error = ERANGE;
        return NSS_STATUS_TRYAGAIN;
    }
    memcpy(buffer, texts, sizeof texts);
    entry->pw_name = buffer;
    entry->pw_passwd = entry->pw_name + strlen(entry->pw_name) + 1;
    entry->pw_gecos = entry->pw_passwd + strlen(entry->pw_passwd) + 1;
    entry->pw_dir = entry->pw_gecos + strlen(entry->pw_gecos) + 1;
    entry->pw_shell = entry->pw_dir + strlen(entry->pw_dir) + 1;
    entry->pw_uid = uid;
    entry->pw_gid = uid;
    return NSS_STATUS_SUCCESS;
}
