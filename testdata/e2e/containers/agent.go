package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/vmihailenco/msgpack/v5"
)

const jarPath = "/dd-java-agent.jar"

// span is what the proof needs of one: https://docs.datadoghq.com/tracing/guide/send_traces_to_agent_by_api/
type span struct {
	Service string            `msgpack:"service"`
	Name    string            `msgpack:"name"`
	Meta    map[string]string `msgpack:"meta"`
}

func (s span) env() string { return s.Meta["env"] }

// traceAgent plays Datadog's agent on the loopback. It also answers the
// requests that the services make, and serves the tracer's jar to the builds.
type traceAgent struct {
	server   *http.Server
	address  string
	mutex    sync.Mutex
	spans    []span
	requests map[string]int
	problems []string
}

// startTraceAgent listens on a free port of the loopback.
func startTraceAgent(jar string) (*traceAgent, error) {
	if _, err := os.Stat(jar); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &traceAgent{address: listener.Addr().String(), requests: map[string]int{}}
	a.server = &http.Server{Handler: a.handler(jar)}
	go a.server.Serve(listener)
	return a, nil
}

func (a *traceAgent) stop() { a.server.Close() }

func (a *traceAgent) port() string {
	_, port, _ := net.SplitHostPort(a.address)
	return port
}

func (a *traceAgent) jarURL() string { return "http://" + a.address + jarPath }

func (a *traceAgent) demoURL(run string) string { return "http://" + a.address + "/demo/" + run }

func (a *traceAgent) handler(jar string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/info", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"version":"7.60.0","endpoints":["/v0.4/traces"],"client_drop_p0s":false}`)
	})
	mux.HandleFunc("/v0.4/traces", a.takeTraces)
	mux.HandleFunc(jarPath, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, jar) })
	mux.HandleFunc("/demo/", func(w http.ResponseWriter, r *http.Request) {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		a.requests[strings.TrimPrefix(r.URL.Path, "/demo/")]++
	})
	// Profiles and all else are taken, so that nothing is sent twice.
	mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	return mux
}

func (a *traceAgent) takeTraces(w http.ResponseWriter, r *http.Request) {
	spans, err := decodeTraces(r.Body)
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if err != nil {
		a.problems = append(a.problems, fmt.Sprintf("%s %s: %v", r.Method, r.URL.Path, err))
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.spans = append(a.spans, spans...)
	fmt.Fprint(w, `{"rate_by_service":{"service:,env:":1}}`)
}

// decodeTraces reads a list of traces, each a list of spans.
func decodeTraces(from io.Reader) ([]span, error) {
	var traces [][]span
	if err := msgpack.NewDecoder(from).Decode(&traces); err != nil {
		return nil, err
	}
	var spans []span
	for _, trace := range traces {
		spans = append(spans, trace...)
	}
	return spans, nil
}

// spansOf lists the spans of one run: those of its request, whatever service
// they say that they are of.
func (a *traceAgent) spansOf(run string) []span {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var found []span
	for _, s := range a.spans {
		if strings.HasSuffix(s.Meta["http.url"], "/demo/"+run) {
			found = append(found, s)
		}
	}
	return found
}

// requestsOf counts the requests of one run that came to their end here.
func (a *traceAgent) requestsOf(run string) int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.requests[run]
}

// unread lists what was sent as traces and was none.
func (a *traceAgent) unread() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.problems
}
