# Plays a year of work in this folder: what gathers beside a project's source, and has no business in its image.
#
#   bash service/a-year-later.sh

cd "$(dirname "$0")" || exit

# What a package manager installed: many small files.
for package in $(seq 40); do
    mkdir -p "node_modules/package-$package/lib"
    for file in $(seq 10); do
        head -c 15000 /dev/zero | tr '\0' 'x' >"node_modules/package-$package/lib/part-$file.js"
    done
done

# The history of the source. In it is a video that somebody committed once: deleted since, and still there.
if [ ! -d .git ]; then
    as_us=(git -c user.name=Harbour -c user.email=harbour@example.com)
    git init -q -b main
    head -c 6000000 /dev/urandom >video.mp4
    git add index.html Dockerfile video.mp4
    "${as_us[@]}" commit -q -m 'Status page'
    git rm -q video.mp4
    "${as_us[@]}" commit -q -m 'Video removed'
fi

# A copy of the database, taken one evening to look something up.
head -c 24000000 /dev/urandom >backup.sql

# Passwords for trying things out.
printf 'DATABASE_USER=harbour\nDATABASE_PASSWORD=tide-and-time\n' >.env

du -sh . | sed 's/\t.*//; s/^/This folder is now /'
