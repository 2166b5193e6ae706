package pluginhost

import (
	"context"
	"slices"
	"time"
)

// retryRefused is how long Apply leaves a version alone that was refused.
const retryRefused = time.Minute

// Follower makes a host run what a catalogue wants, and remembers what was refused. It is used by one goroutine.
type Follower struct {
	host    *Host
	check   Check
	now     func() time.Time
	refused map[string]refusedEntry // by program
}

type refusedEntry struct {
	entry Entry
	at    time.Time
	err   error
}

// NewFollower follows catalogues for a host that already runs the entries it was made with.
func NewFollower(h *Host, check Check, now func() time.Time) *Follower {
	return &Follower{host: h, check: check, now: now, refused: map[string]refusedEntry{}}
}

// Apply upgrades, starts and removes plugins until the host runs what want lists. A version that is refused is logged
// and tried again after a minute, or at once when want names another one or somebody attaches it; Refused tells why.
func (f *Follower) Apply(ctx context.Context, want Catalog) {
	for _, e := range want {
		f.applyOne(ctx, e)
	}
	for _, state := range f.host.States() {
		if !slices.ContainsFunc(want, func(e Entry) bool { return e.Program() == state.Program() }) {
			f.host.Remove(state.Program())
		}
	}
	for program := range f.refused {
		if !slices.ContainsFunc(want, func(e Entry) bool { return e.Program() == program }) {
			delete(f.refused, program)
		}
	}
}

func (f *Follower) applyOne(ctx context.Context, e Entry) {
	now := f.host.find(e.Program())
	if now != nil && now.entry.equal(e) {
		delete(f.refused, e.Program())
		return
	}
	before, ok := f.refused[e.Program()]
	if ok && before.entry.equal(e) && e.Attach == "" && f.now().Sub(before.at) < retryRefused {
		return
	}
	err := f.host.Upgrade(ctx, e, f.check)
	if err == nil {
		delete(f.refused, e.Program())
		return
	}
	if ctx.Err() == nil {
		f.host.options.Logger.Error("plugin version refused", "plugin", e.Program(), "plugin_version", e.Version, "error", err)
		f.refused[e.Program()] = refusedEntry{e, f.now(), err}
	}
}

// Refused says why the wanted version of a program is not the one in use, "" when it is.
func (f *Follower) Refused(program string) string {
	if r, ok := f.refused[program]; ok {
		return r.err.Error()
	}
	return ""
}

// AllRefused says the same of all programs that have such a version.
func (f *Follower) AllRefused() map[string]string {
	all := map[string]string{}
	for program, r := range f.refused {
		all[program] = r.err.Error()
	}
	return all
}
