# Everything a contributor runs. `make test` needs nothing but Go.
export CGO_ENABLED := 0

.PHONY: build test race lint fuzz browser-test database-test s3-test deploy-test python-test schemathesis peer-test cluster-test stream-test bench

build: ## the one binary, in ./bin, which knows the revision of a clone
	go build -trimpath -buildvcs=$(if $(wildcard .git),true,auto) -o bin/ovate ./cmd/ovate

test: lint ## every test that needs nothing but Go
	OVATE_TEST_DATABASES=none go test -timeout 30m $(or $(PACKAGES),./...)

race: ## the same tests under the race detector (needs a C compiler), but for those that run the built binary, into which it does not see
	OVATE_TEST_DATABASES=none CGO_ENABLED=1 go test -race -timeout 30m $$(go list $(or $(PACKAGES),./...) | grep -v -e /apptest -e /compat -e /bench)

lint: ## formatting, vet and staticcheck, of the tests that need more than Go, too
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }
	go vet ./...
	go vet -tags browser,peer ./apptest ./compat/peer
	go tool staticcheck ./...

fuzz: ## each fuzz target for FUZZTIME (20s)
	./hack/fuzz.sh $(or $(FUZZTIME),20s)

browser-test: ## every page, and pages of others, in a real Chromium (apt-get install chromium; npm for axe)
	go test -count=1 -v -timeout 20m -run "^($$(sed -n 's/^func \(Test[A-Za-z]*\)(.*/\1/p' $$(grep -l '^//go:build browser' apptest/*_test.go) | paste -sd'|'))$$" -tags browser ./apptest

database-test: ## the metadata in real servers of PostgreSQL and MariaDB (apt-get install postgresql mariadb-server)
	OVATE_TEST_DATABASES=required go test -count=1 -timeout 12m -parallel 8 ./internal/metadata/sqldb/...
	OVATE_TEST_DATABASES=required go test -count=1 -timeout 5m -run TestDatabaseServer ./apptest

s3-test: ## segments and logs in a real server of S3, Versity's gateway, which Go builds and this starts
	./hack/s3.sh go test -count=1 -timeout 5m ./internal/bucket/... ./internal/deepstorage/s3 ./internal/tasklog
	./hack/s3.sh go test -count=1 -timeout 5m -run 'TestS3|TestBadBucket' ./apptest

deploy-test: ## what is under deploy/, with helm (which Go builds), promtool (of Debian's Prometheus) and systemd-analyze
	./hack/deploy.sh

python-test: ## the Python client: ruff, mypy, its tests against the built binary, the wheel, the examples (needs Python and PyPI)
	./hack/python.sh

schemathesis: ## requests generated from /api/v1/openapi.json, to every path but the stream of events (needs Python and PyPI; FLAGS are schemathesis's)
	./hack/schemathesis.sh --max-examples 250 $(FLAGS)

peer-test: ## load our segments into a real Druid and compare its answers, and meet its classes in ZooKeeper (needs a JDK 17 and Maven)
	go test -count=1 -v -timeout 20m -run 'TestSegments|TestNeighbour|TestTaken|TestCron|TestKafkaSpecs|TestCompacts|TestSecurity' -tags peer ./compat/peer

cluster-test: ## in a real Druid's Overlord's place, and back: its workers run tasks for us (what peer-test needs, and apt-get install postgresql mariadb-server; FLAGS=-short asks no Broker or Router, and neither MariaDB nor Airflow)
	go test -count=1 -v $(FLAGS) -timeout 70m -skip 'TestSegments|TestNeighbour|TestTaken|TestCron|TestKafkaSpecs|TestCompacts|TestSecurity|TestStream|TestKinds/middleManager' -tags peer ./compat/peer

stream-test: ## rows of a real Kafka through a real Druid's workers, supervised by Java and by us in its place (what cluster-test needs; FLAGS=-short sends fewer rows, kills less, and leaves out what takes minutes)
	go test -count=1 -v $(FLAGS) -timeout 180m -parallel 12 -run TestStream -tags peer ./compat/peer

bench: ## our figures beside those of a real Druid (needs a JDK 17, Maven and Python)
	go run ./bench
