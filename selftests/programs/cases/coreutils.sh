#!/bin/bash
# A round through coreutils and findutils.
mkdir -p a/b/c && echo hello > a/f1 && seq 500 > a/b/f2 && head -c 100000 /dev/zero > a/b/c/z
ln a/f1 a/hard; ln -s f1 a/soft; ln -s /nonexistent a/dangling; mkfifo a/fifo
chmod 640 a/f1; chmod u+s,g+s,o+t a/b/f2; touch -d '2001-02-03 04:05:06.789 UTC' a/f1 a/b a/b/f2; touch -h -d @1000000000 a/soft
cp -a a copy; (cd copy && find . -printf '%p %y %m %s %n %l\n' | grep -v '^\. ' | grep -v ' d ' | sort)
mv copy/b/f2 copy/moved; mv copy renamed; ls -A renamed | sort; mv renamed/b renamed/bb; ls renamed
mv a/f1 renamed/soft; cat renamed/soft; ls -l renamed/soft | cut -c1-10
seq 1000 | shuf --random-source=<(yes) | sort -n | md5sum
sort -r -k2,2n <(printf 'a 3\nb 1\nc 2\n'); sort -S 1M -T . <(seq 50000 -1 1) | md5sum
split -l 100 -d a/b/f2 2>/dev/null; seq 500 | split -l 100 -d - part.; ls part.*; cat part.* | md5sum
seq 10 | tee t1 t2 | tail -1; cmp t1 t2 && echo same
dd if=/dev/zero of=dd.out bs=4k count=25 seek=5 2>/dev/null; stat -c '%s %F' dd.out; dd if=dd.out bs=1k skip=10 count=3 2>/dev/null | wc -c
echo XYZ | dd of=dd.out bs=1 seek=100 conv=notrunc 2>/dev/null; dd if=dd.out bs=1 skip=100 count=3 2>/dev/null; echo
truncate -s 1M sparse; stat -c %s sparse; truncate -s 10 sparse; wc -c < sparse
df . > df.out && wc -l < df.out; du -s --apparent-size -B1 dd.out | cut -f1
stat -c '%n %s %a %U %h %F' t1 a a/soft; stat -L -c %n a/hard; stat -f -c %n .
find . -name 'part.*' -exec wc -l {} + | tail -1; find . -name 'part.0*' -exec basename {} \; | sort
find . -type f -newermt '2001-01-01' ! -newermt '2001-12-31' | sort; find a -type l | sort; find . -empty -type f | sort
seq 40 | xargs -P4 -n1 sh -c 'echo $(($0 * 2))' | sort -n | md5sum
seq 20 | xargs -n5 echo; printf 'a b\0c d\0' | xargs -0 -n1 echo
rm -r renamed; rm nonexistent 2>&1; rmdir a 2>&1; rm -rf a; ls a 2>&1
mkdir -m 700 private; stat -c %a private; mktemp -d ./tmp.XXXXXX | wc -c; install -m 755 t1 installed; stat -c %a installed
cut -d: -f1,7 /etc/passwd | head -3; paste -d, <(seq 3) <(seq 4 6); join <(printf '1 a\n2 b\n') <(printf '1 x\n2 y\n'); comm -12 <(seq 5) <(seq 3 8)
nl t1 | head -2; od -c <(printf 'a\nb') ; base64 <(echo base) ; sha256sum t1; cksum t1; expr 3 \* 4; factor 120; numfmt --to=iec 1048576
readlink a 2>&1; ln -s t1 sl; readlink sl; readlink -f sl | sed "s,$PWD,.,"; realpath sl | sed "s,$PWD,.,"
test -w t1 && test ! -e none && test t1 -ef t1 && [ -d . ] && echo tests; cat /proc/sys/kernel/ostype; env -i A=1 env; id -u; whoami; nproc > /dev/null; date -u -d @0; tty; uname -s
tail -f t1 --pid=$$ -n1 & p=$!; sleep 0.3; kill $p; wait $p 2>/dev/null; cp -r --preserve=all /etc/skel skel; ls -A skel | sort; chown 1000:1000 t1; stat -c '%u:%g' t1
printf x | dd of=large bs=1 seek=5G status=none; stat -c %s large; tail -c 1 large; truncate -s -1 large; stat -c %s large; rm large
