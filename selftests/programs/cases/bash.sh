#!/bin/bash
# Pipelines, here-documents, traps, job control, arrays.
set -u
exec 2>/dev/null
seq 1 1000 | grep 7 | sort -rn | head -5 | tee five | wc -l
cat five
set -o pipefail
false | true; echo "pipefail ${PIPESTATUS[*]} $?"
cat <<EOF | tr a-z A-Z
here document $((6 * 7))
EOF
cat <<'EOF'
no $expansion here
EOF
read -r first second <<< "two words"; echo "$second $first"
declare -A map=([one]=1 [two]=2)
for k in one two; do echo "$k=${map[$k]}"; done
list=(a b "c d"); echo "${#list[@]} ${list[2]} ${list[*]:1}"
trap 'echo usr1' USR1; kill -USR1 $$
(trap 'echo exit trap' EXIT; :)
(trap 'echo subshell term; exit 3' TERM; kill -TERM "$BASHPID"; sleep 10); echo "sub $?"
bash -c 'bash -c "kill -9 \$\$"; echo "killed $?"' 2>/dev/null
bash -c 'exit 42'; echo "exit $?"
sleep 30 & pid=$!; kill $pid; wait $pid; echo "wait $?"
{ sleep 0.1; exit 7; } & wait $!; echo "bg $?"
set -m
sleep 30 & jobs | sed 's/[0-9][0-9]*/N/g'
kill -STOP %1; sleep 0.2; jobs | awk '{print $2}'
kill -CONT %1; kill %1; wait %1; echo "job $?"
set +m
exec 5<> fifo_none; echo data >&5; exec 5>&-; cat fifo_none
mkfifo p; (echo through fifo > p) & cat p; wait
diff <(seq 3) <(printf '1\n2\n4\n'); echo "diff $?"
coproc cat; echo coprocess >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
exec {COPROC[1]}>&-; wait
f() { local x=$1; ((x <= 1)) && { echo 1; return; }; echo $((x * $(f $((x - 1))))); }
f 6
echo {a..e}{1..2} ~nobody "${PWD##*/}"
printf '%s\n' *.txt; shopt -s nullglob; printf '<%s>\n' *.txt
ulimit -n; umask; umask 027; touch masked; stat -c %a masked
type -t cd ls if; hash -r
/nonexistent; echo "notfound $?"
/etc; echo "isdir $?"
echo plain > notexec; ./notexec 2>/dev/null; echo "noexec $?"
printf '#!/bin/sh -e\necho "script $0 $*"\nfalse\necho not reached\n' > s; chmod +x s; ./s x y; echo "script $?"
printf '#!/no/such/interpreter\n' > bad; chmod +x bad; ./bad 2>/dev/null; echo "badinterp $?"
yes | head -100000 | md5sum
timeout 0.3 sleep 10; echo "timeout $?"
