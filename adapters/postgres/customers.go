package postgres

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/halum-hut/halum/core/account"
)

// accountRow is an account in "customers" or in "platform.users".
type accountRow struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	Name         string
	PasswordHash string
	CreatedAt    time.Time
}

type customerRow struct {
	Account accountRow `gorm:"embedded"`
}

// TableName names the table for the mapper.
func (customerRow) TableName() string { return "customers" }

// sessionColumns are those that "customer_sessions" and "platform.staff_sessions" share.
type sessionColumns struct {
	ID         string `gorm:"primaryKey"`
	Generation int64
	SecretHash []byte
	ExpiresAt  time.Time
	RevokedAt  *time.Time
	CreatedAt  time.Time
}

type customerSessionRow struct {
	Session    sessionColumns `gorm:"embedded"`
	CustomerID string
}

// TableName names the table for the mapper.
func (customerSessionRow) TableName() string { return "customer_sessions" }

type customerResetRow struct {
	CustomerID string `gorm:"primaryKey"`
	TokenHash  []byte
	ExpiresAt  time.Time
}

// TableName names the table for the mapper.
func (customerResetRow) TableName() string { return "customer_resets" }

// Customer implements ports.CustomerView.
func (s *session) Customer(ctx context.Context, id string) (account.Account, error) {
	return s.customer(ctx, "id = ?", id)
}

// CustomerByEmail implements ports.CustomerView.
func (s *session) CustomerByEmail(ctx context.Context, email string) (account.Account, error) {
	return s.customer(ctx, "email = ?", email)
}

func (s *session) customer(ctx context.Context, where string, value any) (account.Account, error) {
	var row customerRow
	err := s.gorm(ctx).Where(where, value).Take(&row).Error
	return row.Account.fromRow(), orMissing(err, account.ErrNotFound, "read a customer")
}

// SaveCustomer implements ports.CustomerTx.
func (s *session) SaveCustomer(ctx context.Context, a account.Account) error {
	row := customerRow{toAccountRow(a)}
	return fault(s.gorm(ctx).Clauses(upsert("id", "email", "name", "password_hash")).Create(&row).Error, "save a customer")
}

// CustomerSession implements ports.CustomerView.
func (s *session) CustomerSession(ctx context.Context, id string) (account.Session, error) {
	db := s.gorm(ctx)
	if s.locks {
		db = lockRow(db)
	}
	var row customerSessionRow
	err := db.Where("id = ?", id).Take(&row).Error
	return row.Session.fromRow(row.CustomerID), orMissing(err, account.ErrSession, "read a session")
}

// SaveCustomerSession implements ports.CustomerTx.
func (s *session) SaveCustomerSession(ctx context.Context, a account.Session) error {
	row := customerSessionRow{toSessionColumns(a), a.Account}
	return fault(s.gorm(ctx).Clauses(upsert("id", "generation", "secret_hash", "expires_at", "revoked_at")).Create(&row).Error, "save a session")
}

// RevokeCustomerSessions implements ports.CustomerTx.
func (s *session) RevokeCustomerSessions(ctx context.Context, customer string, at time.Time) error {
	err := s.gorm(ctx).Model(&customerSessionRow{}).Where("customer_id = ? and revoked_at is null", customer).Update("revoked_at", at).Error
	return fault(err, "end sessions")
}

// SaveCustomerReset implements ports.CustomerTx.
func (s *session) SaveCustomerReset(ctx context.Context, customer string, tokenHash []byte, expires time.Time) error {
	row := customerResetRow{customer, tokenHash, expires}
	return fault(s.gorm(ctx).Clauses(upsert("customer_id", "token_hash", "expires_at")).Create(&row).Error, "save a reset token")
}

// TakeCustomerReset implements ports.CustomerTx.
func (s *session) TakeCustomerReset(ctx context.Context, tokenHash []byte, at time.Time) (string, error) {
	var rows []customerResetRow
	err := s.gorm(ctx).Clauses(clause.Returning{}).Where("token_hash = ? and expires_at > ?", tokenHash, at).Delete(&rows).Error
	if err == nil && len(rows) == 0 {
		return "", account.ErrResetToken
	}
	if err != nil {
		return "", fault(err, "use a reset token")
	}
	return rows[0].CustomerID, nil
}

func (r accountRow) fromRow() account.Account { return account.Account(r) }

func toAccountRow(a account.Account) accountRow { return accountRow(a) }

func (r sessionColumns) fromRow(of string) account.Session {
	s := account.Session{
		ID: r.ID, Account: of, Generation: r.Generation, SecretHash: r.SecretHash, ExpiresAt: r.ExpiresAt, CreatedAt: r.CreatedAt,
	}
	if r.RevokedAt != nil {
		s.RevokedAt = *r.RevokedAt
	}
	return s
}

func toSessionColumns(s account.Session) sessionColumns {
	return sessionColumns{
		ID: s.ID, Generation: s.Generation, SecretHash: s.SecretHash, ExpiresAt: s.ExpiresAt, RevokedAt: timeOrNull(s.RevokedAt), CreatedAt: s.CreatedAt,
	}
}

// upsert replaces the named columns of a row whose key is already there.
func upsert(key string, columns ...string) clause.OnConflict {
	return clause.OnConflict{Columns: []clause.Column{{Name: key}}, DoUpdates: clause.AssignmentColumns(columns)}
}

func lockRow(db *gorm.DB) *gorm.DB {
	return db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}
