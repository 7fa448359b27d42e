# verdict: one non-recursive Makefile; `make help` lists the targets.
#
#   CC=gcc|clang   VARIANT=release|debug|asan|tsan|coverage|fuzz   WERROR=1   PREFIX, DESTDIR
#
# gcc's release build lands in build/, every other combination in a folder of
# its own below it (build/clang, build/asan, build/clang-asan).

VERSION := $(shell sed -n 's/^\#define VD_VERSION_\(MAJOR\|MINOR\|PATCH\) \(.*\)/\2/p' vm/verdict.h | paste -sd.)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

ifeq ($(origin CC),default)
CC := gcc
endif
VARIANT ?= release
PREFIX ?= /usr/local
DESTDIR ?=

compiler := $(if $(findstring clang,$(notdir $(CC))),clang,gcc)
comma := ,
empty :=
space := $(empty) $(empty)
variant := $(subst $(space),-,$(strip $(filter clang,$(compiler)) $(filter-out release,$(VARIANT))))
BUILD ?= build$(addprefix /,$(variant))

PKG_CONFIG ?= pkg-config
CFLAGS ?=
LDFLAGS ?=

flags_release := -O2 -g -DNDEBUG
flags_debug := -O0 -g3
flags_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
flags_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
flags_coverage := -O0 -g --coverage -fprofile-update=atomic -fdata-sections
# What a fuzzing engine wants of the objects, and of the link; OSS-Fuzz and AFL++ have their own.
FUZZ_FLAGS ?= -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
LIB_FUZZING_ENGINE ?= -fsanitize=fuzzer
FUZZ_LD ?= $(CC)
flags_fuzz := -O1 -g $(FUZZ_FLAGS)
$(if $(flags_$(VARIANT)),,$(error VARIANT=$(VARIANT): it is one of release, debug, asan, tsan, coverage, fuzz))

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wundef -Wvla -Wno-unused-parameter $(if $(WERROR),-Werror)
cflags := -std=c11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden -pthread $(warnings) $(flags_$(VARIANT)) \
	$(yaml_cflags) $(CFLAGS)
ldflags := -pthread $(filter -fsanitize=% --coverage,$(flags_$(VARIANT))) $(LDFLAGS)

yaml_cflags = $(shell $(PKG_CONFIG) --cflags yaml-0.1 2>/dev/null)
yaml_libs = $(shell $(PKG_CONFIG) --libs yaml-0.1 2>/dev/null || echo -lyaml)
# Profiles are compiled by it; without it oci: sources say so.
seccomp_libs = $(shell $(PKG_CONFIG) --libs libseccomp 2>/dev/null)
check_libs = $(shell $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck)

# `make V=1` shows the commands.
ifeq ($(V),)
Q := @
say = @printf '  %-4s %s\n' $(1) $(subst $(BUILD)/,,$(2))
endif

.PHONY: all demo bench bench-readme mutants check check-long check-units check-threads check-shell check-suite check-kernel fuzz fuzz-targets coverage \
	install uninstall clean help deps FORCE
.DEFAULT_GOAL := all

# ---------------------------------------------------------------- sources --
# A folder's archive holds all its sources but the tests. A folder may use
# the archives to the right of it, never one to the left.

folders := bench fuzz cases loader vm
# cmd_test.c is the subcommand `test`, no test.
sources = $(sort $(filter-out %_test.c fuzz/targets/% fuzz/support/% fuzz/coverage/%,$(wildcard $(1)/*.c $(1)/*/*.c)) $(wildcard $(1)/cmd_test.c))
$(foreach f,$(folders),$(eval src_$(f) := $(call sources,$(f))))
# programs of their own, with a main()
mains := $(wildcard bench/main_*.c fuzz/main_*.c loader/*/main_*.c)
$(foreach f,$(folders),$(eval src_$(f) := $(filter-out $(mains),$(src_$(f)))))
tests := $(filter-out %/cmd_test.c,$(sort $(foreach f,$(folders),$(wildcard $(f)/*_test.c $(f)/*/*_test.c))))

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
archive = $(BUILD)/$(if $(filter vm,$(1)),libverdict.a,lib$(1).a)
archives_from_bench := bench fuzz cases loader vm
archives_from_fuzz := fuzz cases loader vm
archives_from_cases := cases loader vm
archives_from_loader := loader vm
archives_from_vm := vm
libs = $(foreach a,$(archives_from_$(1)),$(if $(src_$(a)),$(call archive,$(a))))
extlibs_vm :=
extlibs_loader = $(yaml_libs) $(seccomp_libs)
extlibs_cases = $(extlibs_loader)
extlibs_fuzz = $(extlibs_loader)
extlibs_bench = $(extlibs_loader) -lm
root = $(firstword $(subst /, ,$(1)))

all: $(BUILD)/verdict $(BUILD)/libverdict.a $(BUILD)/libverdict.so ## build the program and the library into build/

# In a coverage build children count in memory of their parent's, who writes it.
ifeq ($(VARIANT),coverage)
counts := $(call object,fuzz/coverage/counts.c)
ldflags += -Wl,-T,fuzz/coverage/counts.ld,--wrap=__gcov_exit $(counts)
$(BUILD)/libverdict.a $(BUILD)/libverdict.so: | $(counts)
$(BUILD)/verdict: private ldflags += -Wl,--wrap=_exit,--wrap=raise
endif

$(BUILD)/verdict: $(call object,verdict.c) $(call libs,bench)
	$(call say,LINK,$@)
	$(Q)$(CC) $(cflags) $(ldflags) -o $@ $< $(filter %.a,$^) $(extlibs_bench)

define archive_rule
$(call archive,$(1)): $(call object,$(src_$(1)))
	$$(call say,AR,$$@)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach f,$(folders),$(if $(src_$(f)),$(eval $(call archive_rule,$(f)))))

$(BUILD)/libverdict.so: $(call object,$(src_vm))
	$(call say,LINK,$@)
	$(Q)$(CC) $(cflags) $(ldflags) -shared -Wl,-soname,libverdict.so.$(SOVERSION) $(if $(filter asan tsan,$(VARIANT)),,-Wl,-z,defs) -o $@ $^

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | deps
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(cflags) -MMD -MP -c -o $@ $<

# Changed flags rebuild everything that was built with the old ones.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(cflags) $(ldflags) $(seccomp_libs)' | cmp -s - $@ || \
		echo '$(CC) $(cflags) $(ldflags) $(seccomp_libs)' > $@
FORCE:

-include $(patsubst %.c,$(BUILD)/obj/%.d,verdict.c $(foreach f,$(folders),$(src_$(f))) $(tests) $(mains) \
	$(wildcard fuzz/targets/*.c fuzz/support/*.c) $(patsubst fuzz/targets/%,fuzz/named/%,$(wildcard fuzz/targets/*.c)))

# ----------------------------------------------------------- dependencies --
# `make demo` and the checks install what is missing (through apt, as root);
# everything else only says what to install. Silent when all is there.

goals := $(or $(MAKECMDGOALS),all)
install_deps := $(if $(filter demo bench bench-readme fuzz coverage check check-long check-units check-threads check-shell check-suite check-kernel,$(goals)),--install)
dep_sets := build $(if $(filter check check-long check-units check-threads check-shell check-kernel,$(goals)),check) \
	$(if $(filter bench bench-readme,$(goals)),bench) $(if $(filter fuzz,$(goals)),clang) $(if $(filter coverage,$(goals)),check coverage) $(if $(filter asan,$(VARIANT)),asan)

deps:
	@CC='$(CC)' .ci/deps $(install_deps) $(dep_sets)

# ------------------------------------------------------------------ bench --

main_bins := $(foreach m,$(mains),$(BUILD)/$(dir $(m))$(patsubst main_%.c,%,$(notdir $(m))))
define main_rule
$(BUILD)/$(dir $(1))$(patsubst main_%.c,%,$(notdir $(1))): $(call object,$(1)) $(call libs,$(call root,$(1)))
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(cflags) $$(ldflags) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) \
		$$(extlibs_$(call root,$(1))) $$(pcap_libs)
endef
$(foreach m,$(mains),$(eval $(call main_rule,$(m))))

# Each target of a fuzzing engine is a program of one function; replay has them all, under their names.
fuzz_targets := $(patsubst fuzz/targets/%.c,%,$(sort $(wildcard fuzz/targets/*.c)))
fuzz_bins := $(fuzz_targets:%=$(BUILD)/fuzz/targets/%)
fuzz_objects := $(fuzz_targets:%=$(BUILD)/obj/fuzz/named/%.o)
fuzz_support := $(call object,$(wildcard fuzz/support/*.c))
# Files are those of the input: fuzz/support/files.c stands in for what would open any.
fuzz_wraps := text_read text_open realpath scandir pid_load pid_load_text profile_compile
fuzz_ldflags := $(fuzz_wraps:%=-Wl,--wrap=%)

$(BUILD)/obj/fuzz/named/%.o: fuzz/targets/%.c $(BUILD)/flags | deps
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(cflags) -DLLVMFuzzerTestOneInput=fuzz_target_$* -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/targets.h: $(fuzz_targets:%=fuzz/targets/%.c)
	@mkdir -p $(@D)
	@for target in $(fuzz_targets); do echo "TARGET($$target)"; done > $@
$(call object,fuzz/main_replay.c): $(BUILD)/fuzz/targets.h
$(call object,fuzz/main_replay.c): private cflags += -I$(BUILD)/fuzz
$(BUILD)/fuzz/replay: private ldflags += $(fuzz_ldflags)
$(BUILD)/fuzz/replay: $(fuzz_objects) $(fuzz_support)

$(fuzz_bins): $(BUILD)/fuzz/targets/%: $(BUILD)/obj/fuzz/targets/%.o $(fuzz_support) $(call libs,fuzz)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_LD) $(FUZZ_FLAGS) $(CFLAGS) $(ldflags) $(fuzz_ldflags) -o $@ $^ $(LIB_FUZZING_ENGINE) $(extlibs_fuzz)

# Suggestions compare a word with thousands: an engine that learns from each comparison does nothing else.
ifeq ($(VARIANT),fuzz)
$(call object,vm/names/near.c): private cflags += -fno-sanitize-coverage=trace-cmp
endif

fuzz-targets: $(fuzz_bins) ## build the fuzz targets (CC=clang VARIANT=fuzz): one program each

fuzz: all ## fuzz everything for FUZZ_TIME (60m) on FUZZ_JOBS cores; a table at the end (fuzz/README.md)
	$(MAKE) CC=clang VARIANT=fuzz BUILD=$(BUILD)/engine fuzz-targets
	sh fuzz/run.sh

# libpcap is what many would compare with; without it its row is missing.
pcap_libs = $(shell $(PKG_CONFIG) --libs libpcap 2>/dev/null)
$(call object,$(filter bench/%,$(mains))): cflags += $(if $(pcap_libs),-DHAVE_LIBPCAP)

bench: all $(filter $(BUILD)/bench/%,$(main_bins)) ## print what common jobs cost on this machine
	@sh bench/figures.sh

bench-readme: all $(main_bins) ## measure the engine, write the table in bench/README.md and bench/ratios.svg
	@sh bench/readme.sh

# ------------------------------------------------------------------- demo --

demo: $(BUILD)/verdict ## install what is missing, build, run the shipped suite
	$(BUILD)/verdict test cases/suite

# ------------------------------------------------------------------ tests --
# A Check suite links its own folder's archive and those below it, so that an
# upward call fails here.

test_bins := $(patsubst %.c,$(BUILD)/test/%,$(tests))
define test_rule
$(BUILD)/test/$(1:.c=): $(call object,$(1)) $(call libs,$(call root,$(1)))
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(cflags) $$(ldflags) -o $$@ $$^ $$(check_libs) $$(extlibs_$(call root,$(1))) $$(seccomp_libs)
endef
$(foreach t,$(tests),$(eval $(call test_rule,$(t))))

# Allocations that are refused one by one.
memory_tests := $(filter %/memory_test,$(test_bins))
$(memory_tests): private ldflags += $(patsubst %,-Wl$(comma)--wrap=%,\
	malloc calloc realloc strdup strndup vasprintf asprintf open_memstream mmap)

# A machine that is wrong on purpose.
$(BUILD)/test/cases/disagree_test: private ldflags += -Wl,--wrap=vd_stack_run,--wrap=vd_prog_new

# Tests may compare with libseccomp; the library never uses it.
$(call object,$(tests) $(wildcard loader/profile/*.c)): cflags += $(if $(seccomp_libs),-DHAVE_LIBSECCOMP)

shell_tests := $(sort $(foreach f,$(folders),$(wildcard $(f)/*_test.sh $(f)/*/*_test.sh)))
export VERDICT = $(BUILD)/verdict
export BUILD CC VARIANT
export SKIPPED = $(abspath $(BUILD))/skipped

check: check-units check-threads check-shell check-suite ## run all tests: Check suites, commands through prove, the shipped suite

# Loaded machines and sanitizers are slow: a time limit is there to end what hangs.
check-units: export CK_DEFAULT_TIMEOUT ?= 120
check-units: export CK_TIMEOUT_MULTIPLIER ?= $(if $(filter asan tsan,$(VARIANT)),5,2)
check-units: all $(test_bins)
	@failed=; for test in $(test_bins); do \
		echo "# $${test#$(BUILD)/test/}"; $$test >$$test.log 2>&1 || failed="$$failed $$test"; cat $$test.log; \
	done; \
	[ -z "$$failed" ] || { for test in $$failed; do echo "FAILED: $$test"; cat $$test.log; done; exit 1; }

# Where the compiler has no thread sanitizer, or its programs do not run here, this is skipped.
threads_test := test/vm/engine/threads_test
check-threads: | check-units ## one engine used by four threads, under the thread sanitizer
	@mkdir -p $(BUILD)/tsan
	@if ! echo 'int main(void) { return 0; }' | $(CC) -fsanitize=thread -x c - -o $(BUILD)/tsan/probe 2>/dev/null || \
		! $(BUILD)/tsan/probe; then \
		echo "# vm/engine/threads_test: skipped, $(CC) -fsanitize=thread makes no program that runs here"; \
	else \
		$(MAKE) --no-print-directory VARIANT=tsan BUILD=$(BUILD)/tsan $(BUILD)/tsan/$(threads_test) && \
		echo "# tsan/$(threads_test)" && TSAN_OPTIONS=halt_on_error=1 $(BUILD)/tsan/$(threads_test); \
	fi

check-shell: all $(test_bins) $(main_bins) | check-units check-threads
	@rm -f $(SKIPPED)
	prove --exec sh $(shell_tests)
	@[ ! -s $(SKIPPED) ] || { echo "Skipped:"; sed 's/^/  /' $(SKIPPED); }

check-suite: all | check-shell
	$(BUILD)/verdict test cases/suite

check-long: export CHECK_LONG := 1
check-long: check ## the same, with all random rule sets and whatever else takes long

# for vm/mutate.sh
mutant_build = CC='$(CC)' FLAGS='$(filter -fsanitize% -fno-sanitize%,$(flags_$(VARIANT)))' LIBS='$(extlibs_bench)' CHECK_LIBS='$(check_libs)'

kernel_tests := $(filter $(BUILD)/test/loader/kernel/% $(BUILD)/test/cases/interrupt_test,$(test_bins))
check-kernel: all $(kernel_tests) ## machine against kernel at length: 100,000 programs, 20,000 stacks, 1,000 interruptions, scenarios 200 times
	@failed=; for test in $(kernel_tests); do \
		echo "# $${test#$(BUILD)/test/}"; CHECK_LONG=1 $$test || failed="$$failed $$test"; \
	done; \
	[ -z "$$failed" ] || { echo "FAILED:$$failed"; exit 1; }
	$(BUILD)/verdict test --live=require cases/suite
	sh cases/scenario/often.sh 200
	$(mutant_build) sh loader/kernel/broken.sh

mutants: all ## machines that are wrong on purpose, each found by `verdict fuzz --programs`
	$(mutant_build) sh fuzz/mutants.sh

# --------------------------------------------------------------- coverage --
# Lines that `make check` and the fuzz targets' corpora reach. What they do not,
# and why, is in fuzz/coverage.md.

coverage: ## print which lines of vm/, loader/ and cases/ the tests reach (gcovr)
	@mkdir -p $(BUILD)/coverage
	@find $(BUILD)/coverage -name '*.gcda' -delete
	@chmod -R a+rwX $(BUILD)/coverage
	umask 0; $(MAKE) VARIANT=coverage BUILD=$(BUILD)/coverage check # ordinary users' processes count too
	BUILD=$(BUILD)/coverage sh fuzz/coverage.sh

# ---------------------------------------------------------------- install --

libdir ?= $(PREFIX)/lib
man_pages := $(wildcard cases/man/*.[1-9])

install: all ## install program, library, header, verdict.pc, man pages under PREFIX (DESTDIR is honoured)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(PREFIX)/share/verdict
	install -m 755 $(BUILD)/verdict $(DESTDIR)$(PREFIX)/bin/verdict
	install -m 644 vm/verdict.h $(DESTDIR)$(PREFIX)/include/verdict.h
	install -m 644 $(BUILD)/libverdict.a $(DESTDIR)$(libdir)/libverdict.a
	install -m 755 $(BUILD)/libverdict.so $(DESTDIR)$(libdir)/libverdict.so.$(VERSION)
	ln -sf libverdict.so.$(VERSION) $(DESTDIR)$(libdir)/libverdict.so.$(SOVERSION)
	ln -sf libverdict.so.$(VERSION) $(DESTDIR)$(libdir)/libverdict.so
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(libdir)|' -e 's|@version@|$(VERSION)|' vm/verdict.pc.in \
		> $(DESTDIR)$(libdir)/pkgconfig/verdict.pc
	install -m 644 cases/verdict-cases.schema.json $(DESTDIR)$(PREFIX)/share/verdict/
	for page in $(man_pages); do \
		install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit 1; \
	done

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/verdict $(DESTDIR)$(PREFIX)/include/verdict.h \
		$(DESTDIR)$(libdir)/libverdict.a $(DESTDIR)$(libdir)/libverdict.so* \
		$(DESTDIR)$(libdir)/pkgconfig/verdict.pc
	rm -rf $(DESTDIR)$(PREFIX)/share/verdict
	for page in $(man_pages); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

clean: ## remove everything that was built
	rm -rf build
