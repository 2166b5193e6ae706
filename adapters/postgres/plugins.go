package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

const (
	selectPlugins = `select program, version, sha256, args, reads, writes, state, installed_at, changed_at from platform.plugins `

	insertPlugin = `insert into platform.plugins (program, version, sha256, args, reads, writes, state) values ($1, $2, $3, $4, $5, $6, 'installed')
		on conflict (program, version) do nothing`

	setPlugin = `update platform.plugins set state = $3, changed_at = now() where program = $1 and version = $2`

	// What did not change is not written, and lines that did not change are not copied: nodes report every few seconds.
	savePluginNode = `insert into platform.plugin_nodes as n
		(node, program, version, sha256, phase, pid, restarts, in_flight, since, last_error, refused, lines)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (node, program) do update set version = excluded.version, sha256 = excluded.sha256, phase = excluded.phase, pid = excluded.pid,
			restarts = excluded.restarts, in_flight = excluded.in_flight, since = excluded.since, last_error = excluded.last_error,
			refused = excluded.refused, lines = case when n.lines = excluded.lines then n.lines else excluded.lines end
		where (n.version, n.sha256, n.phase, n.pid, n.restarts, n.in_flight, n.since, n.last_error, n.refused, n.lines)
			is distinct from (excluded.version, excluded.sha256, excluded.phase, excluded.pid, excluded.restarts, excluded.in_flight,
				excluded.since, excluded.last_error, excluded.refused, excluded.lines)`

	touchNode = `insert into platform.plugin_nodes (node, program, version, sha256, phase, pid, restarts, in_flight, since, last_error, refused, lines)
		values ($1, '', '', '', '', 0, 0, 0, now(), '', '', '{}') on conflict (node, program) do update set seen_at = now()`

	forgetNodes = `delete from platform.plugin_nodes where node in (
		select node from platform.plugin_nodes where program = '' and seen_at < now() - $1::interval)`

	selectPluginNodes = `select n.node, n.program, n.version, n.sha256, n.phase, n.pid, n.restarts, n.in_flight, n.since, n.last_error, n.refused,
			n.lines, self.seen_at
		from platform.plugin_nodes self join platform.plugin_nodes n on n.node = self.node
		where self.program = '' and self.seen_at >= $1 order by n.program, n.node`

	forgetSilent = time.Hour
)

// PluginVersions implements ports.PluginCatalog.
func (d *DB) PluginVersions(ctx context.Context) ([]ports.PluginVersion, error) {
	return pluginsWhere(ctx, d.pool, `order by program, installed_at desc, version desc`)
}

func pluginsWhere(ctx context.Context, q querier, where string, args ...any) ([]ports.PluginVersion, error) {
	rows, err := q.Query(ctx, selectPlugins+where, args...)
	if err != nil {
		return nil, fault(err, "list plugins")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v ports.PluginVersion, err error) {
		return v, row.Scan(&v.Program, &v.Version, &v.SHA256, &v.Args, &v.Read, &v.Write, &v.State, &v.InstalledAt, &v.ChangedAt)
	})
	return all, fault(err, "list plugins")
}

// InstallPlugin implements ports.PluginCatalog.
func (d *DB) InstallPlugin(ctx context.Context, v ports.PluginVersion, by string) error {
	return d.changePlugins(ctx, v.Program, by, func(tx pgx.Tx) (string, ports.PluginVersion, error) {
		args, reads, writes := list(v.Args), list(v.Read), list(v.Write)
		tag, err := tx.Exec(ctx, insertPlugin, v.Program, v.Version, v.SHA256, args, reads, writes)
		if err != nil || tag.RowsAffected() == 1 {
			return "plugin.installed", v, err
		}
		same, err := pluginsWhere(ctx, tx, `where program = $1 and version = $2 and sha256 = $3 and args = $4 and reads = $5 and writes = $6`,
			v.Program, v.Version, v.SHA256, args, reads, writes)
		if err == nil && len(same) == 0 {
			err = ports.ErrPluginTaken
		}
		return "", v, err
	})
}

// list is never null in the database.
func list(of []string) []string { return append([]string{}, of...) }

// ActivatePlugin implements ports.PluginCatalog.
func (d *DB) ActivatePlugin(ctx context.Context, program, version, by string) error {
	return d.changePlugins(ctx, program, by, func(tx pgx.Tx) (string, ports.PluginVersion, error) {
		wanted, err := pluginsWhere(ctx, tx, `where program = $1 and version = $2`, program, version)
		switch {
		case err != nil:
			return "", ports.PluginVersion{}, err
		case len(wanted) == 0:
			return "", ports.PluginVersion{}, ports.ErrPluginUnknown
		case wanted[0].State == ports.PluginActive:
			return "", wanted[0], nil
		}
		err = inTurn(
			func() error { return moveState(ctx, tx, program, ports.PluginPrevious, ports.PluginInstalled) },
			func() error { return moveState(ctx, tx, program, ports.PluginActive, ports.PluginPrevious) },
			func() error { _, err := tx.Exec(ctx, setPlugin, program, version, ports.PluginActive); return err },
		)
		return "plugin.activated", wanted[0], err
	})
}

// RollbackPlugin implements ports.PluginCatalog.
func (d *DB) RollbackPlugin(ctx context.Context, program, by string) (now ports.PluginVersion, err error) {
	err = d.changePlugins(ctx, program, by, func(tx pgx.Tx) (string, ports.PluginVersion, error) {
		before, err := pluginsWhere(ctx, tx, `where program = $1 and state = 'previous'`, program)
		if err == nil && len(before) == 0 {
			err = ports.ErrPluginNoPrevious
		}
		if err != nil {
			return "", now, err
		}
		now = before[0]
		now.State = ports.PluginActive
		return "plugin.rolled_back", now, inTurn(
			func() error { return moveState(ctx, tx, program, ports.PluginActive, ports.PluginInstalled) },
			func() error { return moveState(ctx, tx, program, ports.PluginPrevious, ports.PluginActive) },
		)
	})
	return now, err
}

// DeactivatePlugin implements ports.PluginCatalog.
func (d *DB) DeactivatePlugin(ctx context.Context, program, by string) error {
	return d.changePlugins(ctx, program, by, func(tx pgx.Tx) (string, ports.PluginVersion, error) {
		active, err := pluginsWhere(ctx, tx, `where program = $1 and state = 'active'`, program)
		if err != nil || len(active) == 0 {
			return "", ports.PluginVersion{}, err
		}
		return "plugin.deactivated", active[0], moveState(ctx, tx, program, ports.PluginActive, ports.PluginInstalled)
	})
}

func moveState(ctx context.Context, tx pgx.Tx, program string, from, to ports.PluginState) error {
	_, err := tx.Exec(ctx, `update platform.plugins set state = $3, changed_at = now() where program = $1 and state = $2`, program, from, to)
	return err
}

func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// changePlugins runs fn alone for a program and writes down what it did, if anything.
func (d *DB) changePlugins(ctx context.Context, program, by string, fn func(pgx.Tx) (action string, v ports.PluginVersion, err error)) error {
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('halum plugin ' || $1, 0))`, program); err != nil {
			return err
		}
		action, v, err := fn(tx)
		if err != nil || action == "" {
			return err
		}
		detail, err := json.Marshal(map[string]any{"program": v.Program, "version": v.Version, "sha256": v.SHA256, "read": list(v.Read), "write": list(v.Write)})
		if err != nil {
			return corefault.Wrap(err, "encode a plugin")
		}
		_, err = tx.Exec(ctx, insertAudit, by, action, "", detail)
		return err
	})
	return fault(err, "change the plugin catalogue")
}

// ReportPlugins implements ports.PluginBoard.
func (d *DB) ReportPlugins(ctx context.Context, node string, all []ports.PluginStatus) error {
	b := &pgx.Batch{}
	programs := []string{""}
	for _, s := range all {
		programs = append(programs, s.Program)
	}
	b.Queue(forgetNodes, forgetSilent)
	b.Queue(touchNode, node)
	b.Queue(`delete from platform.plugin_nodes where node = $1 and program <> all($2)`, node, programs)
	for _, s := range all {
		b.Queue(savePluginNode, node, s.Program, s.Version, s.SHA256, s.Phase, s.PID, s.Restarts, s.InFlight, s.Since, s.LastError, s.Refused, list(s.Lines))
	}
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, b).Close() })
	return fault(err, "report plugins")
}

// RemovePluginNode implements ports.PluginBoard.
func (d *DB) RemovePluginNode(ctx context.Context, node string) error {
	_, err := d.pool.Exec(ctx, `delete from platform.plugin_nodes where node = $1`, node)
	return fault(err, "remove a node")
}

// PluginStatuses implements ports.PluginBoard.
func (d *DB) PluginStatuses(ctx context.Context, since time.Time) ([]ports.PluginStatus, error) {
	rows, err := d.pool.Query(ctx, selectPluginNodes, since)
	if err != nil {
		return nil, fault(err, "read what plugins do")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s ports.PluginStatus, err error) {
		return s, row.Scan(&s.Node, &s.Program, &s.Version, &s.SHA256, &s.Phase, &s.PID, &s.Restarts, &s.InFlight, &s.Since,
			&s.LastError, &s.Refused, &s.Lines, &s.SeenAt)
	})
	return all, fault(err, "read what plugins do")
}

// RecordPlugin implements ports.PluginBoard.
func (d *DB) RecordPlugin(ctx context.Context, s ports.PluginStatus) error {
	detail, err := json.Marshal(map[string]any{
		"program": s.Program, "version": s.Version, "sha256": s.SHA256, "pid": s.PID, "restarts": s.Restarts, "cause": s.LastError,
	})
	if err != nil {
		return corefault.Wrap(err, "encode a plugin's state")
	}
	_, err = d.pool.Exec(ctx, insertAudit, s.Node, "plugin."+s.Phase, "", detail)
	return fault(err, "record a plugin's state")
}

var (
	_ ports.PluginCatalog = (*DB)(nil)
	_ ports.PluginBoard   = (*DB)(nil)
)
