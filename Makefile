# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test check check-fast docs install web wheel clean

demo:       ## install, run the main job on drawn leaves, name the report
	@scripts/demo

test:       ## install what is missing, run all checks
	@scripts/test

check:      ## run all checks in the installed environment
	@scripts/check

check-fast: ## run the checks of the code, and the tests of what differs from main
	@scripts/check-fast

docs:       ## build the documentation site into build/book/site
	@scripts/docs

install:    ## install into .venv
	@scripts/install

web:        ## fetch what the phone page and the service show, from npm (needs npm)
	@scripts/web

wheel:      ## build the wheel into dist/, with all that the phone page needs (needs npm)
	@scripts/wheel

clean:      ## delete what demo and checks made
	rm -rf demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
