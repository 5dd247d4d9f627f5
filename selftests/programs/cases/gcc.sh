#!/bin/bash
# gcc compiling, linking and running a program of several files with make -j2.
for i in 1 2 3 4 5; do echo "int f$i(int x) { return x * $i; }" > f$i.c; done
cat > main.c <<'EOF'
#include <stdio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
int f1(int), f2(int), f3(int), f4(int), f5(int);
static void *run(void *p) { return (void *)(long)f5(*(int *)p); }
int main(int argc, char **argv)
{
	pthread_t t; int x = atoi(argv[1]); void *r;
	pthread_create(&t, NULL, run, &x); pthread_join(t, &r);
	printf("%d %ld %s\n", f1(x) + f2(x) + f3(x) + f4(x), (long)r, strrchr(argv[0], '/'));
	FILE *f = tmpfile(); fprintf(f, "tmp"); rewind(f); char b[8] = ""; fgets(b, 8, f); puts(b);
	return f3(x);
}
EOF
printf 'OBJ = main.o f1.o f2.o f3.o f4.o f5.o\nprog: $(OBJ)\n\tgcc -o $@ $^ -lpthread\n%%.o: %%.c\n\tgcc -O2 -Wall -c -o $@ $<\nclean:\n\trm -f prog $(OBJ)\n' > Makefile
make -j2 --output-sync=target | sort; ./prog 7; echo "status $?"; make; make clean; ls
gcc -static -o st main.c f?.c && ./st 2; echo $?; gcc -shared -fPIC -o libf.so f1.c && echo 'int f1(int); int main(void){return f1(9);}' > d.c && gcc -o d d.c -L. -lf -Wl,-rpath,"$PWD" && ./d; echo $?
echo 'int main(void) { return undefined_symbol(); }' > bad.c; gcc bad.c 2>/dev/null; echo $?
