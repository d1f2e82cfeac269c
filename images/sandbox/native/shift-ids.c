/*
 * Gives the files on a disk image to another slot: shift-ids IMAGE FROM-UID FROM-SUBID TO-UID TO-SUBID
 *
 * A disk with the classroom's images already loaded is copied for each new sandbox, which is ten times faster than
 * loading them. All its files belong to the slot it was made in: the learner (one uid) or one of their 65,536
 * subordinate ids. This rewrites the owners in the inode table, and the id of the namespace's root in file
 * capabilities; the file system is neither mounted nor walked. Ids are the host's, and the same for groups.
 */
#include <endian.h>
#include <ext2fs/ext2fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct shift {
    uint32_t from, from_sub, to, to_sub;
};

static uint32_t shifted(const struct shift *shift, uint32_t id)
{
    if (id == shift->from)
        return shift->to;
    if (id >= shift->from_sub && id - shift->from_sub < 65536)
        return shift->to_sub + (id - shift->from_sub);
    return id;
}

static int failed(const char *what, errcode_t error)
{
    fprintf(stderr, "shift-ids: %s: %s\n", what, error_message(error));
    return 1;
}

/* A capability of revision 3 ends with the id of its namespace's root. */
static errcode_t shift_capability(ext2_filsys disk, ext2_ino_t number, const struct shift *shift)
{
    struct ext2_xattr_handle *attributes;
    uint8_t *value = NULL;
    size_t length;
    errcode_t error = ext2fs_xattrs_open(disk, number, &attributes);

    if (error)
        return error;
    error = ext2fs_xattrs_read(attributes);
    if (!error && !ext2fs_xattr_get(attributes, "security.capability", (void **)&value, &length)) {
        uint32_t magic, root;
        memcpy(&magic, value, sizeof magic);
        if (le32toh(magic) >> 24 == 3 && length >= 24) {
            memcpy(&root, value + 20, sizeof root);
            root = htole32(shifted(shift, le32toh(root)));
            memcpy(value + 20, &root, sizeof root);
            error = ext2fs_xattr_set(attributes, "security.capability", value, length);
        }
        ext2fs_free_mem(&value);
    }
    ext2fs_xattrs_close(&attributes);
    return error;
}

/* A disk that is shorter than its file system, or that was not let go of in order, is not worth a copy. */
static const char *unsound(ext2_filsys disk, const char *path)
{
    struct stat file;

    if (stat(path, &file) != 0 ||
        (uint64_t)file.st_size < ext2fs_blocks_count(disk->super) * disk->blocksize)
        return "it is cut off";
    if (!(disk->super->s_state & EXT2_VALID_FS) || (disk->super->s_state & EXT2_ERROR_FS))
        return "it was not let go of in order";
    return NULL;
}

int main(int count, char **arguments)
{
    ext2_filsys disk;
    ext2_inode_scan scan;
    ext2_ino_t number;
    struct ext2_inode_large inode;
    struct ext2_inode *plain = (struct ext2_inode *)&inode;
    struct shift shift;
    errcode_t error;
    const char *why;

    if (count != 6) {
        fprintf(stderr, "usage: shift-ids IMAGE FROM-UID FROM-SUBID TO-UID TO-SUBID\n");
        return 2;
    }
    shift.from = strtoul(arguments[2], NULL, 10);
    shift.from_sub = strtoul(arguments[3], NULL, 10);
    shift.to = strtoul(arguments[4], NULL, 10);
    shift.to_sub = strtoul(arguments[5], NULL, 10);

    add_error_table(&et_ext2_error_table);
    if ((error = ext2fs_open(arguments[1], EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &disk)))
        return failed(arguments[1], error);
    if ((why = unsound(disk, arguments[1]))) {
        fprintf(stderr, "shift-ids: %s: %s\n", arguments[1], why);
        return 1;
    }
    if ((error = ext2fs_read_bitmaps(disk)) || (error = ext2fs_open_inode_scan(disk, 0, &scan)))
        return failed("reading", error);
    for (;;) {
        error = ext2fs_get_next_inode_full(scan, &number, plain, sizeof inode);
        if (error)
            return failed("scanning inodes", error);
        if (number == 0)
            break;
        if (plain->i_links_count == 0 || (number < EXT2_FIRST_INO(disk->super) && number != EXT2_ROOT_INO))
            continue;

        uint32_t user = inode_uid(*plain), group = inode_gid(*plain);
        uint32_t new_user = shifted(&shift, user), new_group = shifted(&shift, group);
        if (new_user != user || new_group != group) {
            plain->i_uid = new_user;
            ext2fs_set_i_uid_high(*plain, new_user >> 16);
            plain->i_gid = new_group;
            ext2fs_set_i_gid_high(*plain, new_group >> 16);
            if ((error = ext2fs_write_inode_full(disk, number, plain, sizeof inode)))
                return failed("writing an inode", error);
        }
        if (LINUX_S_ISREG(plain->i_mode) && (error = shift_capability(disk, number, &shift)))
            return failed("a file's capabilities", error);
    }
    ext2fs_close_inode_scan(scan);
    if ((error = ext2fs_close_free(&disk)))
        return failed("writing", error);
    return 0;
}
