#!/bin/bash
# grep, sed, awk on real input.
grep -c : /etc/passwd; grep -n '^root' /etc/passwd; grep -rl 'bash' /etc/skel | sort; grep -E '^(root|nobody):' /etc/passwd | cut -d: -f1
grep -q nothing /etc/passwd; echo $?; grep x /nonexistent 2>&1; echo $?
sed -n '1,3p' /etc/passwd; sed -e 's/:/|/g' -e 2d /etc/group | head -3; printf 'a\nb\nc\n' > f; sed -i.bak '/b/c\changed' f; cat f f.bak; sed '1!G;h;$!d' f
awk -F: '$3 < 5 { n += $3; print $1, NR } END { print n }' /etc/passwd
awk 'BEGIN { for (i = 0; i < 3; i++) print i | "sort -r"; close("sort -r"); while (("echo from shell" | getline x) > 0) print x; system("echo system"); print ENVIRON["LC_ALL"] > "/dev/stderr" }'
seq 100000 | awk '{ s += $1; a[$1 % 10]++ } END { print s, length(a) }'
seq 200 | awk '{ print > ("out." $1 % 3) }'; wc -l out.0 out.1 out.2
tr -d '\n' < /etc/hosts | wc -c; sed --posix 's/\(.*\)@/\1/' <<< 'a@b@c'; grep -o '[a-z]*' <<< 'ab1cd2' ; awk -f <(echo '{ print toupper($0) }') <<< lower
