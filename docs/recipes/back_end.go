// Opens a session at the gateway, and reads what became of it. Go 1.18 or newer, the standard library alone.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var client = &http.Client{Timeout: 10 * time.Second}

// ask puts the `data` of the gateway's answer into data, or returns an error with the code.
func ask(method, path string, body, data any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, strings.TrimRight(os.Getenv("GATEWAY_URL"), "/")+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("LIVENESS_SERVER_KEY"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("gateway: %d %s", answer.StatusCode, text)
	}
	return json.Unmarshal(text, &struct{ Data any }{data})
}

// Session is what the page needs.
type Session struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// OpenSession opens a session; reference is your own name for the check.
func OpenSession(reference string) (Session, error) {
	var opened struct {
		SessionID string `json:"session_id"`
		Token     string
	}
	err := ask("POST", "/api/v1/sessions", map[string]string{"reference": reference}, &opened)
	return Session{opened.SessionID, opened.Token}, err
}

// IsLive tells whether this check was yours, and its verdict is live. Ask when the page says that it is done.
func IsLive(id, reference string) (bool, error) {
	var session struct {
		State     string
		Reference string
		Verdict   struct{ Verdict string }
	}
	err := ask("GET", "/api/v1/sessions/"+url.PathEscape(id), nil, &session)
	mine := session.State == "complete" && session.Reference == reference
	return mine && session.Verdict.Verdict == "live", err
}

func main() {
	var result any
	var err error
	if os.Args[1] == "open" {
		result, err = OpenSession(os.Args[2])
	} else {
		result, err = IsLive(os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}
