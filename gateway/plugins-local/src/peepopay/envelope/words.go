package envelope

import (
	"fmt"
	"net/http"
	"strings"
)

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// words are what the gateway says about one status. They hold no quotes and no markup.
type words struct {
	status    int
	code      string
	message   string
	action    string
	retryable bool
}

func wordsFor(status int, harmlessToRepeat bool) words {
	switch status {
	case http.StatusBadRequest:
		return words{status, "BAD_REQUEST", "The request could not be understood.", "Check the request and send it again.", false}
	case http.StatusUnauthorized:
		return words{status, "UNAUTHENTICATED", "You are not signed in.", "Sign in and try again.", false}
	case http.StatusForbidden:
		return words{status, "FORBIDDEN", "This is not allowed.", "Ask the owner of the account.", false}
	case http.StatusNotFound:
		return words{status, "NOT_FOUND", "There is nothing at this address.", "Check the address.", false}
	case http.StatusMethodNotAllowed:
		return words{status, "METHOD_NOT_ALLOWED", "This address does not take this method.", "Use a method that the documentation lists.", false}
	case http.StatusRequestTimeout:
		return words{status, "REQUEST_TIMEOUT", "The request took too long to arrive.", "Try again.", harmlessToRepeat}
	case http.StatusRequestEntityTooLarge:
		return words{status, "PAYLOAD_TOO_LARGE", "The request is too large.", "Send less at once.", false}
	case http.StatusTooManyRequests:
		return words{status, "RATE_LIMITED", "Too many requests from this address.", "Wait for the seconds in Retry-After, then try again.", true}
	case http.StatusBadGateway:
		return words{status, "BAD_GATEWAY", "The answer was lost on its way.", "Look whether it was done, then try again.", harmlessToRepeat}
	case http.StatusServiceUnavailable:
		return words{status, "SERVICE_UNAVAILABLE", "This part is away for a moment.", "Try again in a few seconds.", true}
	case http.StatusGatewayTimeout:
		return words{status, "GATEWAY_TIMEOUT", "The answer took too long.", "Look whether it was done, then try again.", harmlessToRepeat}
	}
	if status >= 500 {
		return words{status, "INTERNAL_ERROR", "Something went wrong on our side.", "Try again later.", false}
	}
	code := strings.ToUpper(strings.ReplaceAll(http.StatusText(status), " ", "_"))
	if code == "" {
		code = "REQUEST_REFUSED"
	}
	return words{status, code, "The request was refused.", "Check the request.", false}
}

func (w words) envelope(requestID string) []byte {
	return []byte(fmt.Sprintf(
		`{"success":false,"statusCode":%d,"requestId":"%s","error":{"code":"%s","message":"%s","details":{},"retryable":%t,"suggestedAction":"%s"}}`,
		w.status, requestID, w.code, w.message, w.retryable, w.action,
	))
}

func (w words) page(requestID string) []byte {
	return []byte(fmt.Sprintf(page, w.message, w.message, w.action, w.status, requestID))
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>%s</title>
<style>
  :root { color-scheme: light dark }
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box;
         font: 1rem/1.5 system-ui, sans-serif; text-align: center }
  h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem }
  p { margin: 0 }
  small { display: block; margin-top: 2rem; opacity: .7; overflow-wrap: anywhere }
</style>
<main>
  <h1>%s</h1>
  <p>%s</p>
  <small>%d · %s</small>
</main>
</html>
`
