package conformance

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// ReportSchema is the version of the JSON report.
const ReportSchema = 1

// Status is the outcome of a check.
type Status string

// The outcomes. A warning passes.
const (
	Pass          Status = "pass"
	Warn          Status = "warn"
	Fail          Status = "fail"
	NotApplicable Status = "n/a"
	Host          Status = "host" // a case that is the platform's own
)

// Result is the outcome of one check.
type Result struct {
	Check  string `json:"check"`
	Title  string `json:"title"`
	Cases  []int  `json:"cases,omitempty"`
	Status Status `json:"status"`
	Reason string `json:"reason,omitempty"` // in words that say what to mend
	Millis int64  `json:"millis"`
}

// Subject is the plugin that was tried.
type Subject struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Version string   `json:"version"`
	SHA256  string   `json:"sha256"` // of the program's file
	Command []string `json:"command"`
}

// Figures are what was measured.
type Figures struct {
	ReadyMillis  int64 `json:"ready_millis"`    // from the start to the first answer
	IdleBytes    int64 `json:"idle_bytes"`      // resident, soon after the start; 0 where it cannot be measured
	AfterBytes   int64 `json:"after_bytes"`     // resident, after all checks
	RoundTripMic int64 `json:"describe_micros"` // median of a Describe call
}

// Report is what a run found.
type Report struct {
	Schema  int       `json:"schema"`
	Plugin  Subject   `json:"plugin"`
	Date    time.Time `json:"date"`
	Passed  bool      `json:"passed"`
	Figures Figures   `json:"figures"`
	Results []Result  `json:"results"`
}

// Failures are the checks that did not pass.
func (r *Report) Failures() []Result {
	var failed []Result
	for _, result := range r.Results {
		if result.Status == Fail {
			failed = append(failed, result)
		}
	}
	return failed
}

// Summary counts the outcomes in a sentence.
func (r *Report) Summary() string {
	n := map[Status]int{}
	for _, result := range r.Results {
		n[result.Status]++
	}
	out := fmt.Sprintf("%d passed, %d failed, %d not applicable, %d are the platform's own", n[Pass]+n[Warn], n[Fail], n[NotApplicable], n[Host])
	if n[Warn] > 0 {
		out += fmt.Sprintf(" (%d with a warning)", n[Warn])
	}
	return out
}

// Table prints the report for people.
func (r *Report) Table(w io.Writer) error {
	fmt.Fprintf(w, "%s-%s %s  %.12s\n\n", r.Plugin.Kind, r.Plugin.Name, r.Plugin.Version, r.Plugin.SHA256)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CASE\tCHECK\tRESULT\tWHAT")
	for _, result := range r.Results {
		what := result.Title
		if result.Reason != "" {
			what += ": " + strings.Join(strings.Fields(result.Reason), " ")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", caseList(result.Cases), result.Check, result.Status, what)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nready in %d ms, %.1f MB at rest, %.1f MB after the run, Describe in %d µs\n%s\n", r.Figures.ReadyMillis,
		megabytes(r.Figures.IdleBytes), megabytes(r.Figures.AfterBytes), r.Figures.RoundTripMic, r.Summary())
	return err
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

func caseList(cases []int) string {
	if len(cases) == 0 {
		return "-"
	}
	var out []string
	for _, n := range cases {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ",")
}
