// Package envelope puts a request id on every answer and turns the plain errors that the gateway makes itself into
// the one envelope of the API. What a context answers passes as it is.
package envelope

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
)

// The server closes a connection with an unread body, and a client that is still sending then never reads its 413.
const drainedAtMost = 16 << 20

// Encoded separators, dots of a second encoding and control characters name nothing that exists here, and the
// gateway and a context could read such a path differently.
var ambiguous = regexp.MustCompile(`(?i)%(2f|5c|25|3b|3f|23|7f|[01][0-9a-f])`)

// Config has nothing to say: there is one envelope.
type Config struct{}

// CreateConfig is asked for by Traefik.
func CreateConfig() *Config { return &Config{} }

// New is asked for by Traefik.
func New(_ context.Context, next http.Handler, _ *Config, _ string) (http.Handler, error) {
	return &door{next: next}, nil
}

type door struct{ next http.Handler }

func (d *door) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	id := requestID(req.Header.Get("X-Request-Id"))
	req.Header.Set("X-Request-Id", id)

	answer := &answer{to: rw, header: rw.Header(), asked: req, id: id}
	if path := req.URL.EscapedPath(); strings.Contains(path, "%") && ambiguous.MatchString(path) {
		answer.WriteHeader(http.StatusNotFound)
		return
	}
	// A read may be repeated whatever became of it, and is spared the price of watching.
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			ConnectStart: func(_, _ string) { answer.reached = false },
			GotConn:      func(_ httptrace.GotConnInfo) { answer.reached = true },
		}))
	}
	d.next.ServeHTTP(answer, req)
}

// answer is the response writer that looks at the status before the first byte leaves.
type answer struct {
	to     http.ResponseWriter
	header http.Header
	asked  *http.Request
	id     string

	// reached tells whether a context was connected to and may have begun to change something.
	reached   bool
	started   bool
	replaced  bool
	streaming bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.started {
		return
	}
	a.header["X-Request-Id"] = []string{a.id}
	if status >= 100 && status < 200 {
		a.to.WriteHeader(status)
		return
	}
	a.started = true
	contentType := a.header.Get("Content-Type")
	if status >= 400 && (contentType == "" || strings.HasPrefix(contentType, "text/plain")) {
		a.replace(status)
		return
	}
	a.streaming = strings.HasPrefix(contentType, "text/event-stream")
	a.to.WriteHeader(status)
}

func (a *answer) Write(part []byte) (int, error) {
	if !a.started {
		a.WriteHeader(http.StatusOK)
	}
	if a.replaced {
		return len(part), nil
	}
	written, err := a.to.Write(part)
	// Interpreted types show no Flush to the proxy, so events are flushed here.
	if a.streaming && err == nil {
		if flusher, ok := a.to.(http.Flusher); ok {
			flusher.Flush()
		}
	}
	return written, err
}

func (a *answer) replace(status int) {
	a.replaced = true
	if status == http.StatusBadGateway && !a.reached {
		status = http.StatusServiceUnavailable
	}
	if status == http.StatusRequestEntityTooLarge && a.asked.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, a.asked.Body, drainedAtMost)
	}

	header := a.header
	for _, name := range []string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified", "X-Retry-In"} {
		header.Del(name)
	}
	header.Set("Cache-Control", "no-store")
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		// The limiter rounds to whole seconds, down to none.
		if wait := header.Get("Retry-After"); wait == "" || wait == "0" {
			header.Set("Retry-After", "1")
		}
	}

	said := wordsFor(status, a.harmlessToRepeat())
	var body []byte
	if a.isForEyes() {
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", pagePolicy)
		body = said.page(a.id)
	} else {
		header.Set("Content-Type", "application/json")
		body = said.envelope(a.id)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	a.to.WriteHeader(status)
	_, _ = a.to.Write(body)
}

// harmlessToRepeat is false only where a repetition might do the same thing twice.
func (a *answer) harmlessToRepeat() bool {
	return !a.reached || (a.asked.Method != http.MethodPost && a.asked.Method != http.MethodPatch) ||
		a.asked.Header.Get("Idempotency-Key") != ""
}

// isForEyes is true where a person looks at a page; a program gets the envelope.
func (a *answer) isForEyes() bool {
	return strings.Contains(a.asked.Header.Get("Accept"), "text/html") && !strings.HasPrefix(a.asked.URL.Path, "/api/")
}
