package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"time"
)

var startChecks = []check{
	{name: "start.ready", title: "Ready within five seconds", run: startsFast},
	{name: "start.by_hand", title: "Refuses to run when somebody starts it by hand", run: refusesHands},
	{name: "start.tls", title: "Lets only the platform in (AutoMTLS)", run: refusesStrangers},
}

var endChecks = []check{
	{name: "log.secrets", title: "No secret on its output", run: keepsSecrets},
	{name: "log.volume", title: "Does not flood the log", run: speaksLittle},
	{name: "resource.files", title: "Leaks no files and connections", run: leaksNothing},
	{name: "resource.memory", title: "At most 25 MB at rest, and 128 MB of its own after all this", run: staysSmall},
	{name: "lifetime.shutdown", title: "Ends when the platform asks", run: endsPolitely},
	{name: "lifetime.parent", title: "Ends when the platform dies", run: endsWithParent},
}

func startsFast(ctx context.Context, k *bench) error {
	if err := k.restart(ctx); err != nil {
		return err
	}
	const limit, goal = 5 * time.Second, 300 * time.Millisecond
	switch ready := k.plugin.ready.Round(time.Millisecond); {
	case ready > limit:
		return fmt.Errorf("it took %s", ready)
	case ready > goal:
		return warning{fmt.Sprintf("it is ready, but later than the %s that an upgrade should take at most", goal)}
	}
	return nil
}

// refusesHands starts the plugin without what a platform sets.
func refusesHands(ctx context.Context, k *bench) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.argv[0], k.argv[1:]...) //nolint:gosec // the plugin
	cmd.Dir, cmd.Env, cmd.WaitDelay = k.work, []string{"TMPDIR=" + k.work}, time.Second
	out := &stream{to: k.output, mute: true}
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return errors.New("it goes on serving without the variable HALUM_PLUGIN: end at once and say that the platform starts it")
	case err == nil:
		return errors.New("it ends with the status 0: end with another one, as nothing was served")
	}
	return nil
}

// refusesStrangers calls the plugin without the certificate that the platform gave it.
func refusesStrangers(ctx context.Context, k *bench) error {
	at := k.plugin.client.ReattachConfig()
	if at == nil || at.Addr == nil {
		return errors.New("it has no address")
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	dialer := net.Dialer{}
	raw, err := dialer.DialContext(ctx, at.Addr.Network(), at.Addr.String())
	if err != nil {
		return err
	}
	defer raw.Close()
	deadline, _ := ctx.Deadline()
	_ = raw.SetDeadline(deadline)                                                                                            // a socket of ours
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}) //nolint:gosec // plays the stranger
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil //nolint:nilerr // refused, as it should be
	}
	// With TLS 1.3 the refusal comes with the first read.
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		return nil //nolint:nilerr // refused
	}
	if n, err := conn.Read(make([]byte, 1)); n > 0 && err == nil {
		return errors.New("it speaks to whoever finds its socket: demand the client certificate in PLUGIN_CLIENT_CERT")
	}
	return nil
}

func keepsSecrets(_ context.Context, k *bench) error {
	leaked := k.output.leaks()
	if len(leaked) == 0 {
		return nil
	}
	slices.Sort(leaked)
	return fmt.Errorf("it wrote the value of %v to its output: log names, never values", leaked)
}

// speaksLittle is generous: the platform keeps a hundred lines a second and drops the rest.
func speaksLittle(_ context.Context, k *bench) error {
	lines, calls := int64(k.output.lineCount()), max(1, k.watch.calls.Load())
	const perCall, free = 5, 500
	if lines > free+perCall*calls {
		return fmt.Errorf("it wrote %d lines for %d calls: the platform keeps a hundred lines a second and drops the rest", lines, calls)
	}
	return nil
}

func leaksNothing(ctx context.Context, k *bench) error {
	if !measurable {
		return na("open files can be counted on Linux only")
	}
	const slack = 24
	group := k.plugin.process.cmd.Process.Pid
	if err := k.light(ctx, 8, 64); err != nil {
		return err
	}
	before := openFiles(group)
	if err := k.light(ctx, 8, 512); err != nil {
		return err
	}
	return eventually(ctx, patience, func() error {
		if after := openFiles(group); after > before+slack {
			return fmt.Errorf("512 calls left %d files or connections open that were not before: close responses, use one client", after-before)
		}
		return nil
	})
}

func staysSmall(_ context.Context, k *bench) error {
	if !measurable {
		return na("memory can be measured on Linux only")
	}
	resident, private, err := memoryOf(k.plugin.process.cmd.Process.Pid)
	if err != nil {
		return err
	}
	k.figures.AfterBytes = resident
	const goal, limit = 25 << 20, 128 << 20
	switch {
	case private > limit:
		return fmt.Errorf("it holds %.0f MB of its own after the run", megabytes(private))
	case k.figures.IdleBytes > goal:
		return warning{"it holds more at rest than the 25 MB that a plugin should"}
	}
	return nil
}

func endsPolitely(ctx context.Context, k *bench) error {
	p := k.plugin.process
	since := time.Now()
	k.plugin.end()
	k.plugin = nil
	status := p.state
	if status != nil && !status.Exited() {
		return fmt.Errorf("it did not end within two seconds of the call plugin.GRPCController/Shutdown (%s after %s)", status, time.Since(since).Round(time.Millisecond))
	}
	return k.revive(ctx)
}

// endsWithParent starts the plugin below a shell and kills only that.
func endsWithParent(ctx context.Context, k *bench) error {
	if !measurable {
		return na("a process group can be watched on Linux only")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return na("there is no sh on this machine to be its parent")
	}
	argv := append([]string{shell, "-c", `"$0" "$@" & wait`}, k.argv...)
	below, err := launch(ctx, argv, k.work, k.kind, k.output, k.watch.intercept)
	if err != nil {
		return err
	}
	group := below.process.cmd.Process.Pid
	children := slices.DeleteFunc(members(group), func(pid int) bool { return pid == group })
	if len(children) == 0 {
		below.end()
		return errors.New("it runs in a process group of its own: stay in the one the platform made")
	}
	defer below.end()
	defer killGroup(group)
	below.process.spare.Store(true)
	return orphan(ctx, group, children)
}

// orphan kills the parent alone and waits for its children to follow.
func orphan(ctx context.Context, parent int, children []int) error {
	leader, err := os.FindProcess(parent)
	if err != nil {
		return err
	}
	if err := leader.Kill(); err != nil {
		return err
	}
	return eventually(ctx, patience, func() error {
		left := slices.DeleteFunc(members(parent), func(pid int) bool { return !slices.Contains(children, pid) })
		if len(left) > 0 {
			return errors.New("it still runs eight seconds after its parent was killed: watch the parent's process id once a second")
		}
		return nil
	})
}
