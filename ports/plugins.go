package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// Faults of the plugin catalogue.
var (
	// ErrPluginTaken refuses a version that is installed with another content: a version never changes.
	ErrPluginTaken = fault.New(fault.Conflict, "plugin_version_taken", "this version is installed already, with another content or other rights: give the new build a version of its own")
	// ErrPluginUnknown is the answer for a version that is not installed.
	ErrPluginUnknown = fault.New(fault.NotFound, "plugin_not_installed", "this version of the plugin is not installed: see `halum plugin status`")
	// ErrPluginNoPrevious refuses to roll back where nothing was in use before.
	ErrPluginNoPrevious = fault.New(fault.Conflict, "plugin_no_previous", "there is no version before this one to roll back to")
)

// PluginState is where a version stands in the catalogue.
type PluginState string

// The states. A program has at most one active and one previous version.
const (
	PluginInstalled PluginState = "installed"
	PluginActive    PluginState = "active"
	PluginPrevious  PluginState = "previous" // what a rollback brings back
)

// PluginVersion is a version of a plugin that nodes may run. Its executable lies in each node's data folder under a name
// made of its content, so that a row here can never point at another program.
type PluginVersion struct {
	Program     string // such as "payment-sandbox"
	Version     string // as the plugin calls itself
	SHA256      string // of the executable, lower-case hex
	Args        []string
	Read        []string // paths that it may read
	Write       []string // paths that it may read and write
	State       PluginState
	InstalledAt time.Time
	ChangedAt   time.Time // of the state
}

// PluginCatalog says which versions are installed and in use, for all nodes. Every change is written into the audit
// trail with who made it. What changed is announced by the caller as "plugins" (see Invalidation).
type PluginCatalog interface {
	// PluginVersions lists all, by program, the newest first.
	PluginVersions(ctx context.Context) ([]PluginVersion, error)
	// InstallPlugin adds a version, not in use. The same once more is fine. Errors: ErrPluginTaken.
	InstallPlugin(ctx context.Context, v PluginVersion, by string) error
	// ActivatePlugin puts a version in use; the one before becomes the previous one. The active version once more is
	// fine. Errors: ErrPluginUnknown.
	ActivatePlugin(ctx context.Context, program, version, by string) error
	// RollbackPlugin puts the previous version in use again and returns it. Errors: ErrPluginNoPrevious.
	RollbackPlugin(ctx context.Context, program, by string) (PluginVersion, error)
	// DeactivatePlugin takes a program's version out of use. A program without one is fine.
	DeactivatePlugin(ctx context.Context, program, by string) error
}

// PluginStatus is what a node says of a plugin.
type PluginStatus struct {
	Node      string // names one process
	Program   string // "" stands for the node itself
	Version   string
	SHA256    string
	Phase     string
	PID       int
	Restarts  int
	InFlight  int
	Since     time.Time // of the phase
	LastError string
	Refused   string    // why the version that the catalogue wants is not in use here
	Lines     []string  // the end of the log, without secrets
	SeenAt    time.Time // when the node last reported
}

// PluginBoard is where nodes tell what their plugins do, for operators who look from somewhere else.
type PluginBoard interface {
	// ReportPlugins replaces what a node said before, and forgets nodes that have been silent for an hour.
	ReportPlugins(ctx context.Context, node string, all []PluginStatus) error
	// RemovePluginNode forgets a node that ends.
	RemovePluginNode(ctx context.Context, node string) error
	// PluginStatuses lists what the nodes say that have reported since, by program and node. Each node comes with one of
	// program "" too. Nothing else tells whether a node is alive.
	PluginStatuses(ctx context.Context, since time.Time) ([]PluginStatus, error)
	// RecordPlugin writes a change of state into the audit trail.
	RecordPlugin(ctx context.Context, s PluginStatus) error
}
