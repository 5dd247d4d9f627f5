# SPDX-License-Identifier: GPL-2.0
# LiteBox for Linux; "make help" lists what there is to make.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
DESTDIR ?=
PREFIX ?= /usr

lab := selftests/lab/lab
release = $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
oldest := 6.12

all: modules cli

help:
	@echo 'make               litebox.ko and lbctl for the headers in KDIR'
	@echo 'make install       into DESTDIR'
	@echo 'make check         all tests, in the lab (KERNEL=6.12, newest)'
	@echo 'make check-debug   the same on a kernel that looks for bugs'
	@echo 'make check-suites  real test suites, natively against boxed (SUITE=python CASES="test_os ...")'
	@echo 'make fuzz          the fuzz targets, TIME=60 seconds each'
	@echo 'make coverage      how much of North its own tests reach'
	@echo 'make hostile       programs, Norths and faults that try to break it, TIME=300 seconds each'
	@echo 'make demo          the demonstration, in the lab'
	@echo 'make surface       what of the kernel a box can reach, in the lab'
	@echo 'make bench         the measurements, in the lab'
	@echo 'make lab           the lab: its image, and the build for KERNEL'
	@echo 'make clean'

headers:
	@test "$(release)" || \
		{ echo >&2 'litebox: no kernel headers in $(KDIR): install linux-headers-$(shell uname -r), or set KDIR'; exit 1; }
	@printf '%s\n' $(oldest) "$(release)" | sort --version-sort --check=quiet || \
		{ echo >&2 'litebox: kernel $(release) is too old: $(oldest) or newer is needed'; exit 1; }

modules: headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli:
	$(MAKE) -C cli

install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	$(MAKE) -C cli DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) install

clean:
	$(if $(release),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	$(MAKE) -C cli clean
	$(MAKE) -C selftests clean

setup:
	@selftests/lab/setup

lab: setup
	@$(lab) build --kernel $(KERNEL)

check: setup
	@selftests/check --kernel $(KERNEL)

check-debug: setup
	@selftests/check --kernel debug

# KEEP=yes goes on with a run that was interrupted, JOBS=2 runs cases side by side.
check-suites: setup
	@KEEP='$(KEEP)' selftests/suites/suites --kernel $(KERNEL) $(SUITE) $(foreach c,$(CASES),'$c')

fuzz: setup
	@selftests/fuzz/fuzz "$(or $(TIME),60)"

coverage: setup
	@mkdir -p build/results
	@$(lab) chroot -- make --silent -C selftests/hosted coverage \
		BUILD=/src/build/hosted RESULTS=/src/build/results/coverage.json

# On the kernel that looks for bugs, unless another is asked for.
hostile: setup
	@selftests/hostile/hostile --kernel $(if $(filter file,$(origin KERNEL)),debug,$(KERNEL)) '$(or $(TIME),300)'

demo: setup
	@$(lab) run --kernel $(KERNEL) --share selftests/lab -- /share/demo

surface: setup
	@selftests/surface/surface

bench: setup
	@mkdir -p build/results
	@$(lab) run --kernel $(KERNEL) --icount --share build/results -- \
		/opt/litebox/selftests/bench/bench /share

.PHONY: all help headers modules cli install clean setup lab check check-debug check-suites fuzz coverage hostile demo bench surface
