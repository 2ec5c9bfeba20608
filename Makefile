# Every target is one script; `make` alone lists them.

.PHONY: help demo test test-consumers test-wgpu test-mpi test-soak fuzz lint data bench bench-peers profile clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: ## set everything up, build the page and serve it on localhost
	@scripts/demo.sh

test: ## set everything up and run all tests
	@scripts/test.sh

test-consumers: ## build projects that use the npm package with Vite, webpack, Next.js and esbuild, and run each in Chromium
	@scripts/test-consumers.sh

test-wgpu: ## run the native tests on the GPU, or on software Vulkan where that is installed
	@scripts/test-wgpu.sh

test-mpi: ## train over MPI in two processes and on two hosts (network namespaces), with a kill and a resume
	@scripts/test-mpi.sh

test-soak: ## 200 morphs and 5 lessons in Chromium, on both backends: memory must stay flat
	@scripts/test-soak.sh

fuzz: ## feed damaged files to every parser under libFuzzer, SECONDS_EACH seconds each (60)
	@scripts/fuzz.sh

lint: ## check formatting, lints and types
	@scripts/lint.sh

data: ## build the emoji training set from npm packages, into data/
	@scripts/data.sh

bench: ## measure encode, one U-Net step and a 9-frame morph: native and in the browser
	@scripts/bench.sh

bench-peers: ## the same networks by us and by onnxruntime and TensorFlow, as ratios
	@scripts/bench-peers.sh

profile: ## where the time of a step goes, operation by operation: native and in the browser
	@scripts/profile.sh

clean: ## remove what was built in this checkout and in the cache; setups and npm packages stay
	@scripts/clean.sh
