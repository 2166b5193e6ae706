package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	ownerRole = "halum_owner"
	appRole   = "halum_app"
	noTenant  = "no_tenant" // an empty schema: where the app's statements look without a tenant

	// setupLock keeps two processes from preparing or migrating at once. It is taken in the database of the work, and
	// for roles, which the whole server shares, in the administrator's.
	setupLock = 0x68616c756d00
)

// BootstrapOptions says what Bootstrap makes.
type BootstrapOptions struct {
	Database      string // "halum"
	OwnerPassword string // without one, the owner cannot log in and Owner is the administrator's address
	AppPassword   string // without one, likewise for App
}

// URLs are the addresses of a prepared database. They hold passwords: do not log them.
type URLs struct {
	Owner string // migrates
	App   string // serves
}

// Bootstrap makes the database, its roles and its empty schemas, given an administrator's address of any database on
// the server. It may run again at any time; then it only sets the passwords.
func Bootstrap(ctx context.Context, adminURL string, o BootstrapOptions) (URLs, error) {
	if o.Database == "" {
		o.Database = "halum"
	}
	urls := URLs{}
	target, err := withDatabase(adminURL, o.Database)
	if err != nil {
		return urls, err
	}
	err = locked(ctx, adminURL, func(admin *pgx.Conn) error {
		if err := createDatabase(ctx, admin, o.Database); err != nil {
			return err
		}
		conn, err := connect(ctx, target)
		if err != nil {
			return err
		}
		defer conn.Close(ctx) //nolint:errcheck // nothing is pending
		if err := prepare(ctx, conn); err != nil {
			return err
		}
		if urls.Owner, err = login(ctx, conn, target, ownerRole, o.OwnerPassword); err != nil {
			return err
		}
		urls.App, err = login(ctx, conn, target, appRole, o.AppPassword)
		return err
	})
	return urls, err
}

// createDatabase makes a database that sorts and compares by bytes where it has the choice, unless it is there.
func createDatabase(ctx context.Context, admin *pgx.Conn, name string) error {
	var exists bool
	if err := admin.QueryRow(ctx, `select exists (select 1 from pg_database where datname = $1)`, name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := admin.Exec(ctx, "create database "+quote(name)+" encoding 'UTF8' template template0")
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// prepare makes roles and empty schemas in the database of conn, and closes what Postgres leaves open to everybody.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	var database, user string
	if err := conn.QueryRow(ctx, `select current_database(), current_user`).Scan(&database, &user); err != nil {
		return err
	}
	if err := ensureRoles(ctx, conn, user); err != nil {
		return err
	}
	statements := []string{
		`revoke all on database ` + quote(database) + ` from public`,
		`grant create, connect on database ` + quote(database) + ` to ` + ownerRole,
		`grant connect on database ` + quote(database) + ` to ` + appRole,
		`revoke all on schema public from public`,
	}
	for _, schema := range []string{"platform", queueSchema, noTenant, "extensions"} {
		statements = append(statements, `create schema if not exists `+schema+` authorization `+ownerRole)
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("prepare the database: %w", err)
		}
	}
	return nil
}

// ensureRoles makes the two roles. The owner may make roles, because every tenant has one; the app inherits nothing and
// owns nothing.
func ensureRoles(ctx context.Context, conn *pgx.Conn, user string) error {
	for _, r := range []struct{ name, attributes string }{
		{ownerRole, "nologin createrole"},
		{appRole, "nologin noinherit"},
	} {
		_, err := conn.Exec(ctx, "create role "+r.name+" "+r.attributes)
		if p := (*pgconn.PgError)(nil); errors.As(err, &p) && (p.Code == duplicateObject || p.Code == uniqueViolation) {
			continue
		}
		if err != nil {
			return fmt.Errorf("create role %s: %w", r.name, err)
		}
		for _, s := range []string{
			"alter role " + appRole + " set search_path = " + noTenant,
			"alter role " + appRole + " set idle_in_transaction_session_timeout = '60s'",
		} {
			if r.name != appRole {
				break
			}
			if _, err := conn.Exec(ctx, s); err != nil {
				return fmt.Errorf("set up role %s: %w", r.name, err)
			}
		}
	}
	return ensureMember(ctx, conn, user)
}

// ensureMember lets an administrator who is no superuser act as owner and as app.
func ensureMember(ctx context.Context, conn *pgx.Conn, user string) error {
	for _, role := range []string{ownerRole, appRole} {
		var member bool
		if err := conn.QueryRow(ctx, `select pg_has_role($1, $2, 'usage')`, user, role).Scan(&member); err != nil {
			return err
		}
		if member || user == role {
			continue
		}
		if _, err := conn.Exec(ctx, "grant "+role+" to "+quote(user)); err != nil {
			return fmt.Errorf("join role %s: %w", role, err)
		}
	}
	return nil
}

// login gives a role a password and returns its address; without a password it returns the address it was given.
func login(ctx context.Context, conn *pgx.Conn, target, role, password string) (string, error) {
	if password == "" {
		return target, nil
	}
	if strings.ContainsAny(password, "'\\\x00") {
		return "", errors.New("a database password may hold no quotes or backslashes")
	}
	if _, err := conn.Exec(ctx, "alter role "+role+" login password '"+password+"'"); err != nil {
		return "", fmt.Errorf("set the password of %s: %w", role, err)
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", errAddress
	}
	u.User = url.UserPassword(role, password)
	return u.String(), nil
}

// locked runs fn with a connection that holds the setup lock of its database.
func locked(ctx context.Context, address string, fn func(*pgx.Conn) error) error {
	conn, err := connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // closing gives the lock back
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, setupLock); err != nil {
		return fault(err, "wait for another setup")
	}
	return fn(conn)
}

func connect(ctx context.Context, address string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errAddress
	}
	config.RuntimeParams["application_name"] = "halum-migrate"
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, fault(err, "connect")
}

func withDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", errAddress
	}
	u.Path = "/" + name
	return u.String(), nil
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }
