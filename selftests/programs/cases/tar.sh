#!/bin/bash
# tar, gzip, xz.
mkdir -p src/sub; for i in 1 2 3; do seq $((i * 1000)) > src/f$i; done; ln -s f1 src/link; ln src/f2 src/hard; chmod 600 src/f3; touch -h -d @1000000000 src/* src/sub src
tar --sort=name -cf t.tar src; tar -tvf t.tar --numeric-owner --full-time | sort -k6 | sed 's/  */ /g'
mkdir x && tar -xpf t.tar -C x && diff -r src x/src && stat -c '%a %Y %h' x/src/f3 x/src/hard && readlink x/src/link
tar --sort=name -czf t.tgz src && tar -tzf t.tgz | wc -l; tar -cJf t.txz src && tar -xJOf t.txz src/f1 | md5sum
gzip -k -9 src/f3 && gzip -dc src/f3.gz | cmp - src/f3 && gzip -t src/f3.gz && echo gz; xz -k src/f2 && xz -dc src/f2.xz | cmp - src/f2 && echo xz
tar -cf - src | (mkdir y; cd y; tar -xf -) ; find y | wc -l; tar -tf /nonexistent 2>/dev/null; echo $?; head -c 700 t.tar > short; tar -tf short 2>/dev/null; echo $?
tar --delete -f t.tar src/f1; tar -tf t.tar | grep -c f1; tar -rf t.tar src/f1; tar -tf t.tar | tail -1
