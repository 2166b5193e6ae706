package main

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is a reading of what was used so far.
type usage struct {
	server, postgres time.Duration // CPU, user and system
	statements       int64
	allocations      int64
}

func (u usage) since(before usage) usage {
	return usage{u.server - before.server, u.postgres - before.postgres, u.statements - before.statements, u.allocations - before.allocations}
}

func (s *stack) usage(ctx context.Context) (u usage, err error) {
	tree := processes()
	u.server = tree.cpu(s.server.Process.Pid)
	u.postgres = tree.cpu(s.postmaster())
	// The reading itself is one statement and is left out by its text.
	err = s.stats.QueryRow(ctx, `select coalesce(sum(calls), 0)::bigint from pg_stat_statements s
		join pg_database d on d.oid = s.dbid where d.datname = 'halum' and query not like '%pg_stat_statements%'`).Scan(&u.statements)
	u.allocations = s.mallocs()
	return u, err
}

// postmaster is the parent of the backend that serves our own connection: other clusters may run on this machine.
func (s *stack) postmaster() int {
	return processes()[int(s.stats.PgConn().PID())].parent
}

func (s *stack) mallocs() int64 {
	resp, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			f, _ := strconv.ParseFloat(value, 64)
			return int64(f)
		}
	}
	return 0
}

type process struct {
	name, command string
	parent        int
	own           time.Duration // with that of its children which have ended
	rss           int64
}

type processTree map[int]process

// processes reads /proc; it is empty where there is none.
func processes() processTree {
	tree := processTree{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		open, shut := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		if open < 0 || shut < open {
			continue
		}
		fields := strings.Fields(string(text[shut+1:]))
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text[:open])))
		number := func(i int) int64 { n, _ := strconv.ParseInt(fields[i], 10, 64); return n }
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		tree[pid] = process{
			name: string(text[open+1 : shut]), command: strings.ReplaceAll(string(command), "\x00", " "), parent: int(number(1)),
			own: time.Duration(number(11)+number(12)+number(13)+number(14)) * 10 * time.Millisecond, rss: number(21) * int64(os.Getpagesize()),
		}
	}
	return tree
}

// cpu adds up a process and all below it. Clock ticks are 10 ms on Linux.
func (t processTree) cpu(pid int) time.Duration {
	total := t[pid].own
	for child, p := range t {
		if p.parent == pid && pid != 0 {
			total += t.cpu(child)
		}
	}
	return total
}

func (t processTree) children(pid int) map[string]process {
	out := map[string]process{}
	for child, p := range t {
		if p.parent == pid {
			out[filepath.Base(strings.Fields(p.command + " " + strconv.Itoa(child))[0])] = p
		}
	}
	return out
}
