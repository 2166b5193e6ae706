package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/ports"
)

// program is a name that no other test of this database uses.
func program(t *testing.T) string {
	return "payment-" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")) + fmt.Sprint(time.Now().UnixNano())
}

func pluginVersion(program, version string) ports.PluginVersion {
	return ports.PluginVersion{
		Program: program, Version: version, SHA256: fmt.Sprintf("%064x", len(program)*1000+len(version)),
		Args: []string{"--x"}, Write: []string{"/var/lib/x"},
	}
}

// states maps the versions of a program to their states.
func states(t *testing.T, db *postgres.DB, program string) map[string]ports.PluginState {
	t.Helper()
	all, err := db.PluginVersions(t.Context())
	require.NoError(t, err)
	found := map[string]ports.PluginState{}
	for _, v := range all {
		if v.Program == program {
			found[v.Version] = v.State
		}
	}
	return found
}

func TestPluginCatalogue(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := program(t)
	const installed, active, previous = ports.PluginInstalled, ports.PluginActive, ports.PluginPrevious
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		require.NoError(t, db.InstallPlugin(t.Context(), pluginVersion(p, v), "tester"))
	}
	other := pluginVersion(p, "1.0.0")
	require.NoError(t, db.InstallPlugin(t.Context(), other, "tester"), "the same once more")
	other.SHA256 = strings.Repeat("f", 64)
	require.ErrorIs(t, db.InstallPlugin(t.Context(), other, "tester"), ports.ErrPluginTaken)
	other = pluginVersion(p, "1.0.0")
	other.Write = []string{"/"}
	require.ErrorIs(t, db.InstallPlugin(t.Context(), other, "tester"), ports.ErrPluginTaken, "nor do its rights change")

	_, err := db.RollbackPlugin(t.Context(), p, "tester")
	require.ErrorIs(t, err, ports.ErrPluginNoPrevious)
	require.ErrorIs(t, db.ActivatePlugin(t.Context(), p, "9.9.9", "tester"), ports.ErrPluginUnknown)
	for _, step := range []struct {
		do   func() error
		want map[string]ports.PluginState
	}{
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.0.0", "tester") }, map[string]ports.PluginState{"1.0.0": active, "1.1.0": installed, "1.2.0": installed}},
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.1.0", "tester") }, map[string]ports.PluginState{"1.0.0": previous, "1.1.0": active, "1.2.0": installed}},
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.1.0", "tester") }, map[string]ports.PluginState{"1.0.0": previous, "1.1.0": active, "1.2.0": installed}},
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.2.0", "tester") }, map[string]ports.PluginState{"1.0.0": installed, "1.1.0": previous, "1.2.0": active}},
		{func() error {
			now, err := db.RollbackPlugin(t.Context(), p, "tester")
			require.Equal(t, "1.1.0", now.Version)
			require.Equal(t, active, now.State)
			return err
		}, map[string]ports.PluginState{"1.0.0": installed, "1.1.0": active, "1.2.0": installed}},
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.0.0", "tester") }, map[string]ports.PluginState{"1.0.0": active, "1.1.0": previous, "1.2.0": installed}},
		{func() error { return db.ActivatePlugin(t.Context(), p, "1.1.0", "tester") }, map[string]ports.PluginState{"1.0.0": previous, "1.1.0": active, "1.2.0": installed}},
		{func() error { return db.DeactivatePlugin(t.Context(), p, "tester") }, map[string]ports.PluginState{"1.0.0": previous, "1.1.0": installed, "1.2.0": installed}},
		{func() error { return db.DeactivatePlugin(t.Context(), p, "tester") }, map[string]ports.PluginState{"1.0.0": previous, "1.1.0": installed, "1.2.0": installed}},
	} {
		require.NoError(t, step.do())
		require.Equal(t, step.want, states(t, db, p))
	}
	require.Equal(t, []string{
		"plugin.installed", "plugin.installed", "plugin.installed", "plugin.activated", "plugin.activated", "plugin.activated",
		"plugin.rolled_back", "plugin.activated", "plugin.activated", "plugin.deactivated",
	}, pluginAudit(t, p))
}

// pluginAudit lists what was done to a program, as its owner reads it.
func pluginAudit(t *testing.T, program string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).Owner)
	require.NoError(t, err)
	defer conn.Close(t.Context()) //nolint:errcheck // nothing is pending
	rows, err := conn.Query(t.Context(), `select action from platform.audit where detail->>'program' = $1 order by id`, program)
	require.NoError(t, err)
	actions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return actions
}

func TestOneVersionIsActiveWhoeverRaces(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := program(t)
	versions := []string{"1.0.0", "2.0.0", "3.0.0", "4.0.0"}
	for _, v := range versions {
		require.NoError(t, db.InstallPlugin(t.Context(), pluginVersion(p, v), "tester"))
	}
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for range 5 {
		for _, v := range versions {
			wg.Go(func() { errs <- db.ActivatePlugin(t.Context(), p, v, "tester") })
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	count := map[ports.PluginState]int{}
	for _, state := range states(t, db, p) {
		count[state]++
	}
	require.Equal(t, map[ports.PluginState]int{ports.PluginActive: 1, ports.PluginPrevious: 1, ports.PluginInstalled: 2}, count)
}

func TestPluginBoard(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p, began := program(t), now()
	status := ports.PluginStatus{
		Node: "node-" + p, Program: p, Version: "1.0.0", SHA256: strings.Repeat("a", 64), Phase: "ready", PID: 4711, Restarts: 2, InFlight: 3,
		Since: began, LastError: "it ended", Refused: "1.1.0 is not healthy", Lines: []string{"one", "two"},
	}
	require.NoError(t, db.ReportPlugins(t.Context(), status.Node, []ports.PluginStatus{status}))
	status.Phase = "degraded"
	require.NoError(t, db.ReportPlugins(t.Context(), status.Node, []ports.PluginStatus{status}))
	seen := func() []ports.PluginStatus {
		all, err := db.PluginStatuses(t.Context(), began.Add(-time.Minute))
		require.NoError(t, err)
		var ours []ports.PluginStatus
		for _, s := range all {
			if s.Program == p {
				require.WithinDuration(t, time.Now(), s.SeenAt, time.Minute)
				s.SeenAt, s.Since = time.Time{}, s.Since.UTC()
				ours = append(ours, s)
			}
		}
		return ours
	}
	require.Equal(t, []ports.PluginStatus{status}, seen())
	require.NoError(t, db.RecordPlugin(t.Context(), status))
	require.Equal(t, []string{"plugin.degraded"}, pluginAudit(t, p))
	status.Lines = []string{"two", "three"}
	require.NoError(t, db.ReportPlugins(t.Context(), status.Node, []ports.PluginStatus{status}))
	require.Equal(t, []ports.PluginStatus{status}, seen())
	require.NoError(t, db.ReportPlugins(t.Context(), status.Node, nil))
	require.Empty(t, seen(), "it no longer runs there")
	require.True(t, nodeSeen(t, db, status.Node))
	require.NoError(t, db.RemovePluginNode(t.Context(), status.Node))
	require.False(t, nodeSeen(t, db, status.Node))
}

func nodeSeen(t *testing.T, db *postgres.DB, node string) bool {
	t.Helper()
	all, err := db.PluginStatuses(t.Context(), time.Now().Add(-time.Minute))
	require.NoError(t, err)
	return slices.ContainsFunc(all, func(s ports.PluginStatus) bool { return s.Node == node && s.Program == "" })
}

// A report that says nothing new must not write the rows anew.
func TestAnUnchangedReportWritesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	p := program(t)
	status := ports.PluginStatus{Program: p, Version: "1.0.0", SHA256: strings.Repeat("a", 64), Phase: "ready", Since: now(), Lines: []string{"one"}}
	version := func() (xmin string) {
		conn, err := pgx.Connect(t.Context(), pgtest.URLs(t).Owner)
		require.NoError(t, err)
		defer conn.Close(t.Context()) //nolint:errcheck // nothing is pending
		require.NoError(t, conn.QueryRow(t.Context(), `select xmin::text from platform.plugin_nodes where program = $1`, p).Scan(&xmin))
		return xmin
	}
	require.NoError(t, db.ReportPlugins(t.Context(), p, []ports.PluginStatus{status}))
	before := version()
	require.NoError(t, db.ReportPlugins(t.Context(), p, []ports.PluginStatus{status}))
	require.Equal(t, before, version())
	status.InFlight = 1
	require.NoError(t, db.ReportPlugins(t.Context(), p, []ports.PluginStatus{status}))
	require.NotEqual(t, before, version())
}

func TestTheAppCannotChangeWhatAVersionIs(t *testing.T) {
	t.Parallel()
	pgtest.New(t)
	for _, statement := range []string{
		`update platform.plugins set sha256 = repeat('0', 64)`, `update platform.plugins set writes = '{/}'`, `delete from platform.plugins`,
		`update platform.plugin_nodes set node = ''`,
	} {
		require.Equal(t, "42501", as(t, "", statement), statement)
	}
}
