.PHONY: test update record lint bench benchmarks refresh

test:
	go test ./...

update: # golden files, check/RULES.md, action.yml and the README's tables
	go test ./check ./check/input ./report -update

record: # missing observations of deployments on loopback
	go test ./check -record

lint:
	test -z "$$(gofmt -l . | tee /dev/stderr)"
	go vet ./...
	go vet -tags servers,browsers,hostile ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags servers,browsers,hostile ./...

bench: # the whole program, behind a link that delays; docs/performance.md
	go run ./check/deploytest/bench $(BENCH)

benchmarks: # single functions
	go test -run '^$$' -bench . ./...

refresh: # renews the embedded root programs from what is published
	RENEW=yes bash .ci/roots
