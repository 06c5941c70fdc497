# vcontainer: see README.md.  `make help` lists the targets.
#
# GNU make, no generated build system.  Everything built lands below build/;
# the names there are fixed (docs/architecture.md), packagers rely on them.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
ARCHES ?= x86_64 aarch64
CC ?= cc
CFLAGS ?= -O2 -g
HOST_ARCH := $(shell uname -m)

B := build
BIN := $(B)/bin
APPLETS := vdkr vpdmn vdkr-x86_64 vdkr-aarch64 vpdmn-x86_64 vpdmn-aarch64 \
	oci2vm oci2gondolin dockerfile2gondolin

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wformat=2 -Wswitch-enum -Wvla
VC_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVC_VERSION='"$(VERSION)"' \
	-Iinclude -Isrc -include vc/banned.h
VC_CFLAGS := -std=gnu11 $(WARN)
PKGS := libarchive json-c libcrypto libcurl libsquashfs1 ext2fs com_err zlib libzstd
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -pthread

MODULES := util proto vm layer fs oci registry cli engine convert applet
LIB_SRC := $(foreach m,$(MODULES),$(wildcard src/$(m)/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
MAIN_OBJ := $(B)/obj/src/main.o

.PHONY: all deps guest quickstart check check-unit check-integration fuzz lint \
	bench install clean help samples
.DELETE_ON_ERROR:

all: $(BIN)/vcontainer $(APPLETS:%=$(BIN)/%)

help:
	@echo 'make deps        install what building and testing needs (root)'
	@echo 'make             the program: $(BIN)/vcontainer and its names'
	@echo 'make guest       the guest images [ARCHES="$(ARCHES)"]'
	@echo 'make quickstart  all of that, then run busybox for each architecture'
	@echo 'make check       lint, unit tests, fuzz smoke runs, tests in real VMs'
	@echo 'make lint        layers, shellcheck, cppcheck, clang-tidy'
	@echo 'make bench       measurements'
	@echo 'make install     [DESTDIR= PREFIX=$(PREFIX)]'

# V=1 shows whole command lines
ifeq ($(V),1)
say = @true
quiet =
else
say = @echo '$(1)	$@'
quiet = @
endif

# --- the program ---------------------------------------------------------

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(CC) $(VC_CPPFLAGS) $(CPPFLAGS) $(PKG_CFLAGS) $(VC_CFLAGS) $(CFLAGS) \
		-MMD -MP -c -o $@ $<

$(BIN)/vcontainer: $(MAIN_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call say,LD)
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(APPLETS:%=$(BIN)/%): | $(BIN)/vcontainer
	$(quiet)ln -sf vcontainer $@

-include $(MAIN_OBJ:.o=.d) $(LIB_OBJ:.o=.d)

# --- the guest -----------------------------------------------------------
# Static, and small: built for size, unused sections dropped.

cross-cc = $(if $(filter $(1),$(HOST_ARCH)),$(CC),$(1)-linux-gnu-gcc)
GUEST_SRC := $(wildcard guest/*.c) $(addprefix src/proto/,cbor.c cbor_put.c frame.c msg.c) \
	$(addprefix src/util/,buf.c error.c io.c path.c strv.c util.c)
GUEST_HDR := $(wildcard guest/*.h include/vc/*.h)
GUEST_CFLAGS := -Os -static -ffunction-sections -fdata-sections -Wl,--gc-sections -s

$(B)/guest-init/%/init: $(GUEST_SRC) $(GUEST_HDR)
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(call cross-cc,$*) $(VC_CPPFLAGS) -Iguest $(VC_CFLAGS) $(GUEST_CFLAGS) \
		-o $@ $(GUEST_SRC)

GUEST_INPUTS := $(filter-out initramfs/build-sample initramfs/busybox-applets,\
	$(wildcard initramfs/* initramfs/etc/* initramfs/etc/*/*))

$(B)/guest/%/rootfs.squashfs: $(GUEST_INPUTS)
	initramfs/build-guest root $* $(@D)

$(B)/guest/%/manifest.json: $(B)/guest/%/rootfs.squashfs $(B)/guest-init/%/init
	initramfs/build-guest initramfs $* $(@D) $(B)/guest-init/$*/init

$(B)/samples/%/busybox-oci/index.json: initramfs/build-sample initramfs/busybox-applets
	initramfs/build-sample $* $(B)/samples/$*

samples: $(ARCHES:%=$(B)/samples/%/busybox-oci/index.json)
guest: $(ARCHES:%=$(B)/guest/%/manifest.json) samples

.PRECIOUS: $(B)/guest/%/rootfs.squashfs $(B)/guest-init/%/init

# --- dependencies --------------------------------------------------------

deps:
	@scripts/deps

# --- two commands --------------------------------------------------------

quickstart:
	@scripts/deps
	@$(MAKE) --no-print-directory all guest
	@scripts/quickstart $(BIN) $(B)/samples $(ARCHES)

check:
	@scripts/deps
	@$(MAKE) --no-print-directory lint check-unit fuzz all guest
	@$(MAKE) --no-print-directory check-integration

# --- tests ---------------------------------------------------------------
# tests/tools/: small programs that the integration tests drive, where no
# command of ours shows what a module does; sanitised, like the unit tests.

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_OBJ := $(LIB_SRC:%.c=$(B)/san/%.o)
AGENT_SRC := $(filter-out guest/main.c guest/init.c,$(wildcard guest/*.c))
AGENT_OBJ := $(AGENT_SRC:%.c=$(B)/san/%.o)

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(CC) $(VC_CPPFLAGS) -Iguest $(CPPFLAGS) $(PKG_CFLAGS) $(VC_CFLAGS) -O1 -g $(SAN) \
		-MMD -MP -c -o $@ $<

$(B)/san/libvc.a: $(SAN_OBJ)
	@rm -f $@
	$(call say,AR)
	$(quiet)ar rcs $@ $^

$(B)/san/libagent.a: $(AGENT_OBJ)
	@rm -f $@
	$(call say,AR)
	$(quiet)ar rcs $@ $^

$(addprefix $(B)/unit/,test_agent test_guest_user test_gondolin_agent \
	test_gondolin_fuse): $(B)/san/libagent.a
$(B)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(B)/san/libvc.a
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(CC) $(VC_CPPFLAGS) -Iguest $(PKG_CFLAGS) $(VC_CFLAGS) -O1 -g $(SAN) -o $@ $< \
		$(filter %libagent.a,$^) $(B)/san/libvc.a -lcmocka $(PKG_LIBS)

-include $(SAN_OBJ:.o=.d) $(AGENT_OBJ:.o=.d)
.PRECIOUS: $(B)/san/%.o

check-unit: $(UNIT_BIN)
	@scripts/run-unit $(UNIT_BIN)

FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
FUZZ_SECONDS ?= 5
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
# everything below the applets, and what the guest parses
FUZZ_LIB_SRC := $(filter-out src/applet/%,$(LIB_SRC)) $(AGENT_SRC)
FUZZ_OBJ := $(FUZZ_LIB_SRC:%.c=$(B)/fuzz/obj/%.o)

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)clang $(VC_CPPFLAGS) -Iguest $(PKG_CFLAGS) $(VC_CFLAGS) -O1 -g \
		-fsanitize=fuzzer-no-link $(FUZZ_SAN) -MMD -MP -c -o $@ $<

$(B)/fuzz/libvc.a: $(FUZZ_OBJ)
	@rm -f $@
	$(call say,AR)
	$(quiet)ar rcs $@ $^

$(B)/fuzz/%: tests/fuzz/%.c $(B)/fuzz/libvc.a
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)clang $(VC_CPPFLAGS) -Iguest $(PKG_CFLAGS) $(VC_CFLAGS) -O1 -g \
		-fsanitize=fuzzer $(FUZZ_SAN) -o $@ $< $(B)/fuzz/libvc.a $(PKG_LIBS)

-include $(FUZZ_OBJ:.o=.d)
.PRECIOUS: $(B)/fuzz/obj/%.o

fuzz: $(FUZZ_BIN)
	@scripts/run-fuzz $(FUZZ_SECONDS) $(FUZZ_BIN)

# what integration tests call where no command of ours does the same
TOOLS := $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))
$(B)/tools/%: tests/tools/%.c $(B)/san/libvc.a
	@mkdir -p $(@D)
	$(call say,CC)
	$(quiet)$(CC) $(VC_CPPFLAGS) $(PKG_CFLAGS) $(VC_CFLAGS) -O1 -g $(SAN) -o $@ $< \
		$(B)/san/libvc.a $(PKG_LIBS)

check-integration: all guest $(TOOLS)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/integration $(PYTEST_ARGS)

bench: all guest
	/usr/bin/python3 tests/bench/bench.py
	/usr/bin/python3 tests/bench/convert.py

lint:
	@scripts/lint

# --- installation --------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/vcontainer/guest
	install -m 0755 $(BIN)/vcontainer $(DESTDIR)$(PREFIX)/bin/vcontainer
	for a in $(APPLETS); do ln -sf vcontainer $(DESTDIR)$(PREFIX)/bin/$$a; done
	for a in $(ARCHES); do \
		test -f $(B)/guest/$$a/manifest.json || continue; \
		install -d $(DESTDIR)$(PREFIX)/share/vcontainer/guest/$$a && \
		for f in kernel initramfs rootfs.squashfs manifest.json; do \
			install -m 0644 $(B)/guest/$$a/$$f \
				$(DESTDIR)$(PREFIX)/share/vcontainer/guest/$$a/ || exit 1; \
		done; \
	done

clean:
	rm -rf $(B)
