# Everything a contributor runs. `make test` needs nothing but Go.
export CGO_ENABLED := 0

.PHONY: build test race lint fuzz browser-test peer-test bench

build: ## the one binary, in ./bin, which knows the revision of a clone
	go build -trimpath -buildvcs=$(if $(wildcard .git),true,auto) -o bin/ovate ./cmd/ovate

test: lint ## every test that needs nothing but Go
	go test ./...

race: ## the same tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

lint: ## formatting, vet and staticcheck, of the tests that need more than Go, too
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }
	go vet ./...
	go vet -tags browser,peer ./apptest ./compat/peer
	go tool staticcheck ./...

fuzz: ## each fuzz target for FUZZTIME (20s)
	./hack/fuzz.sh $(or $(FUZZTIME),20s)

browser-test: ## pages of others in a real Chromium (apt-get install chromium)
	go test -count=1 -v -timeout 5m -run TestBrowser -tags browser ./apptest

peer-test: ## load our segments into a real Druid and compare its answers (needs a JDK 17 and Maven)
	go test -count=1 -v -timeout 20m -run TestSegments -tags peer ./compat/peer

bench: ## our figures beside those of a real Druid (needs a JDK 17, Maven and Python)
	go run ./bench
