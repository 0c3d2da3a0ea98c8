SHELL := /bin/bash
.PHONY: demo test setup lint bench clean help

PYTHON_ENV := .venv/bin
TASK ?= wipe
POLICY ?= touchloop
PERTURB ?= after
BENCH_EPISODES ?= 50
PYTEST_ARGS ?=

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

demo: setup  ## do a task in simulation while it is disturbed: score, bag, video, report (TASK=peel POLICY=rdp PERTURB=push; TASK=bench)
	@$(PYTHON_ENV)/touchloop demo --task $(TASK) --policy $(POLICY) --perturb $(PERTURB)

test: setup  ## run all tests
	@. $(PYTHON_ENV)/../touchloop_env.sh && python scripts/run_tests.py $(PYTEST_ARGS)

setup:  ## make .venv, install the pinned packages, build the ROS workspace
	@scripts/setup

lint: setup  ## formatting, lint and types
	@$(PYTHON_ENV)/ruff format --check .
	@$(PYTHON_ENV)/ruff check .
	@$(PYTHON_ENV)/pyright

bench: setup  ## score the shipped policy, undisturbed and disturbed; speed and timing beside named peers
	@for perturb in none before after push both; do \
	  $(PYTHON_ENV)/touchloop bench wipe --policy touchloop --perturb $$perturb --episodes $(BENCH_EPISODES) --seed 1000 \
	    --json runs/bench/$$perturb.json || exit; \
	done
	@$(PYTHON_ENV)/python benchmarks/policy_speed.py
	@$(PYTHON_ENV)/python benchmarks/fast_loop.py
	@. $(PYTHON_ENV)/../touchloop_env.sh && python benchmarks/node_load.py

clean:  ## remove the environment and everything built; keeps runs, demonstrations and training
	rm -rf .venv .setup ros2_ws/build ros2_ws/install ros2_ws/log .pytest_cache .ruff_cache .hypothesis .benchmarks
	rm -rf src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
