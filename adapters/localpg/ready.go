package localpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// awaitReady returns when the server answers a query, or with the reason why it never will.
func (s *Server) awaitReady(ctx context.Context, log *logTail) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "28P01" {
			return fmt.Errorf("the Postgres on %s refuses the password kept beside its data: restore the password file, or remove the directory to start afresh", s.addr)
		}
		select {
		case <-s.process.done:
			return fmt.Errorf("postgres ended while starting: %s", log.reason(s.process.err))
		case <-ctx.Done():
			return fmt.Errorf("postgres on %s did not become ready: %w", s.addr, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "select 1")
	return errors.Join(err, conn.Close(ctx))
}
