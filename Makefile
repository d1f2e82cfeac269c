# Thin on purpose: each line calls something that can be called by itself.

.PHONY: run test lint bench load fuzz watch screenshots build binary images

DRYDOCK = target/release/drydock

## Set up what is missing, build, and serve at http://127.0.0.1:3000
run:
	scripts/setup run
	$(MAKE) build
	$(DRYDOCK) serve

## The binary, and the images that sandboxes and lessons need: meanwhile, as they wait for packages more than for processors
build:
	$(MAKE) --jobs=2 binary images
	$(DRYDOCK) images build

binary:
	cargo xtask build

# The site is compiled beside the agent, which both are asked for: cargo has one wait for the other.
images:
	cargo xtask build agent
	images/build all --agent dist/agent/drydock-agent

## Everything that has to hold before a change lands. What fails by the machine's mood is tried once more, and told of.
test:
	scripts/setup test
	$(MAKE) lint
	$(MAKE) build
	cargo nextest run --workspace --no-fail-fast --retries 1
	$(DRYDOCK) lesson test content --rounds 1 --retries 1
	npm --prefix app/js test
	npm --prefix tests/browser test

## Format, lints (the interface once more, for the browser), licences, unused dependencies
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p drydock-app --no-default-features --features hydrate --target wasm32-unknown-unknown -- -D warnings
	cargo clippy -p drydock-panels --features browser --target wasm32-unknown-unknown -- -D warnings
	cargo deny check licenses bans sources
	cargo machete
	npm --prefix app/js run check
	npm --prefix tests/browser run check

## Known vulnerabilities in dependencies: needs the advisory database, and so the open internet
advisories:
	cargo deny check advisories

## Speed, as ratios against a baseline of the same run
bench:
	scripts/setup test
	$(MAKE) build
	cargo run --release -p drydock-system-tests --bin bench
	npm --silent --prefix tests/browser run interaction

## A whole class at once: minutes, and gigabytes of disk
load:
	$(MAKE) build
	cargo nextest run -p drydock-system-tests --run-ignored only

## Strangers' lessons and archives, thought up by a fuzzer: a minute each
fuzz:
	scripts/fuzz lesson
	scripts/fuzz submission

## Rebuild and reload while working on the interface or a lesson
watch:
	scripts/setup run
	cargo xtask watch

## Every state in both themes and at three widths, into screenshots/
screenshots:
	npm --prefix tests/browser run screenshots
