package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// errAddress does not carry its cause, which would show the password.
var errAddress = errors.New("the database address cannot be read: write it as postgres://user:password@host:port/database")

// Faults that only this adapter knows.
var (
	errAlreadyPosted = corefault.New(corefault.Conflict, "already_posted", "this posting is already in the books")
	errHostTaken     = corefault.New(corefault.Conflict, "host_taken", "this host name already leads to a shop")
	errBothModes     = corefault.New(corefault.Conflict, "both_modes_enabled", "one mode of a provider is offered at a time: disable the other one first")
	errPictureExists = corefault.New(corefault.Conflict, "picture_exists", "this picture is there already")
	errOutside       = corefault.New(corefault.Internal, "outside_transaction", "a transaction was used after its end")
)

// byConstraint says what a violated unique constraint means.
var byConstraint = map[string]*corefault.Error{
	"products_slug_key":             catalog.ErrSlugTaken,
	"reviews_line_key":              review.ErrTwice,
	"orders_cart_key":               order.ErrTransition,
	"ledger_entries_pkey":           errAlreadyPosted,
	"customers_email_key":           account.ErrEmailTaken,
	"users_email_key":               account.ErrEmailTaken,
	"tenants_slug_key":              tenant.ErrSlugTaken,
	"hosts_pkey":                    errHostTaken,
	"provider_accounts_enabled_key": errBothModes,
	"media_file_key":                errPictureExists,
	"collections_slug_key":          catalog.ErrCollectionTaken,
	"locations_code_key":            inventory.ErrCodeTaken,
	"categories_slug_key":           nil, // two imports made the same category: the unit runs again
	"notifications_event_key":       nil, // two workers ran the same reaction: the unit runs again
}

// The SQLSTATEs that mean something to us.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	featureNotSupported  = "0A000"
	queryCanceled        = "57014"
	lockNotAvailable     = "55P03"
	invalidParameter     = "22023"
	insufficientRight    = "42501"
	duplicateObject      = "42710"
	foreignKeyViolation  = "23503"
	noSuchDatabase       = "3D000"
)

// fault maps what the driver says to what the ports document; faults stay as they are and nil stays nil.
func fault(err error, doing string) error {
	if err == nil {
		return nil
	}
	if f := (*corefault.Error)(nil); errors.As(err, &f) {
		return err
	}
	if p := (*pgconn.PgError)(nil); errors.As(err, &p) {
		return faultOfState(p, err, doing)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return ports.ErrTimeout.With(err)
	}
	if disconnected(err) {
		return ports.ErrDatabase.With(err)
	}
	return corefault.Wrap(err, doing)
}

func faultOfState(p *pgconn.PgError, err error, doing string) error {
	switch {
	case p.Code == foreignKeyViolation && p.ConstraintName == "bundle_parts_part_fkey":
		return inventory.ErrPart.With(err)
	case p.Code == uniqueViolation && byConstraint[p.ConstraintName] != nil:
		return byConstraint[p.ConstraintName].With(err)
	case p.Code == queryCanceled, p.Code == lockNotAvailable:
		return ports.ErrTimeout.With(err)
	case serverAway(p.Code):
		return ports.ErrDatabase.With(err)
	}
	return corefault.Wrap(err, doing)
}

// serverAway reports connection exceptions, a server that shuts down or starts, and one without room.
func serverAway(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "53")
}

func disconnected(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// mayRunAgain reports failures after which the whole unit of work may succeed.
func mayRunAgain(err error) bool {
	p := (*pgconn.PgError)(nil)
	if !errors.As(err, &p) {
		return false
	}
	switch p.Code {
	case serializationFailure, deadlockDetected:
		return true
	case featureNotSupported: // a column was added since the statement was prepared; the driver has forgotten it by now
		return strings.Contains(p.Message, "cached plan")
	case uniqueViolation:
		meaning, known := byConstraint[p.ConstraintName]
		return known && meaning == nil
	}
	return false
}

// notFound reports an answer without a row, of the driver or of the mapper.
func notFound(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound)
}

// orMissing is fault, with missing for no row.
func orMissing(err error, missing *corefault.Error, doing string) error {
	if notFound(err) {
		return missing
	}
	return fault(err, doing)
}
