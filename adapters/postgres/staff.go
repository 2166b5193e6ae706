package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

type userRow struct {
	Account accountRow `gorm:"embedded"`
}

// TableName names the table for the mapper.
func (userRow) TableName() string { return "platform.users" }

type membershipRow struct {
	UserID   string
	TenantID string
	Role     string
}

// TableName names the table for the mapper.
func (membershipRow) TableName() string { return "platform.memberships" }

type staffSessionRow struct {
	Session sessionColumns `gorm:"embedded"`
	UserID  string
}

// TableName names the table for the mapper.
func (staffSessionRow) TableName() string { return "platform.staff_sessions" }

type staffResetRow struct {
	UserID    string `gorm:"primaryKey"`
	TokenHash []byte
	ExpiresAt time.Time
}

// TableName names the table for the mapper.
func (staffResetRow) TableName() string { return "platform.staff_resets" }

// StaffByEmail implements ports.Staff.
func (d *DB) StaffByEmail(ctx context.Context, email string) (account.Account, error) {
	return d.user(ctx, "email = ?", email)
}

// StaffAccount implements ports.Staff.
func (d *DB) StaffAccount(ctx context.Context, id string) (account.Account, error) {
	return d.user(ctx, "id = ?", id)
}

func (d *DB) user(ctx context.Context, where string, value any) (account.Account, error) {
	var row userRow
	err := d.gorm.WithContext(ctx).Where(where, value).Take(&row).Error
	return row.Account.fromRow(), orMissing(err, account.ErrNotFound, "read a staff account")
}

// Membership implements ports.Staff.
func (d *DB) Membership(ctx context.Context, staff string, t tenant.ID) (identity.Role, error) {
	var row membershipRow
	err := d.gorm.WithContext(ctx).Where("user_id = ? and tenant_id = ?", staff, string(t)).Take(&row).Error
	if err != nil {
		return "", orMissing(err, identity.ErrForbidden, "read a membership")
	}
	return identity.ParseRole(row.Role)
}

// SavePassword implements ports.Staff.
func (d *DB) SavePassword(ctx context.Context, staff, hash string, at time.Time) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		changed := tx.Model(&userRow{}).Where("id = ?", staff).Update("password_hash", hash)
		if changed.Error != nil {
			return changed.Error
		}
		if changed.RowsAffected == 0 {
			return account.ErrNotFound
		}
		return tx.Model(&staffSessionRow{}).Where("user_id = ? and revoked_at is null", staff).Update("revoked_at", at).Error
	})
	return fault(err, "save a password")
}

// StaffEmails implements ports.Staff.
func (d *DB) StaffEmails(ctx context.Context, t tenant.ID) ([]string, error) {
	rows, err := d.pool.Query(ctx, `select u.email from platform.users u join platform.memberships m on m.user_id = u.id
		where m.tenant_id = $1 and m.role in ('owner', 'manager') order by u.email`, t)
	if err != nil {
		return nil, fault(err, "read staff addresses")
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return all, fault(err, "read staff addresses")
}

// InsertStaffSession implements ports.StaffSessions.
func (d *DB) InsertStaffSession(ctx context.Context, s account.Session) error {
	row := staffSessionRow{toSessionColumns(s), s.Account}
	return fault(d.gorm.WithContext(ctx).Create(&row).Error, "store a session")
}

// UpdateStaffSession implements ports.StaffSessions.
func (d *DB) UpdateStaffSession(ctx context.Context, id string, fn func(*account.Session) error) error {
	var refused error
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		refused = nil
		var row staffSessionRow
		if err := lockRow(tx).Where("id = ?", id).Take(&row).Error; err != nil {
			return orMissing(err, account.ErrSession, "read a session")
		}
		s := row.Session.fromRow(row.UserID)
		if err := fn(&s); errors.Is(err, account.ErrReuse) {
			refused = err // the revocation must be stored all the same
		} else if err != nil {
			return err
		}
		row.Session = toSessionColumns(s)
		return tx.Select("generation", "secret_hash", "expires_at", "revoked_at").Where("id = ?", id).Updates(&row).Error
	})
	if err != nil {
		return fault(err, "update a session")
	}
	return refused
}

// StaffSession implements ports.StaffSessions.
func (d *DB) StaffSession(ctx context.Context, id string) (account.Session, error) {
	var row staffSessionRow
	err := d.gorm.WithContext(ctx).Where("id = ?", id).Take(&row).Error
	return row.Session.fromRow(row.UserID), orMissing(err, account.ErrSession, "read a session")
}

// SaveStaffReset implements ports.StaffSessions.
func (d *DB) SaveStaffReset(ctx context.Context, staff string, tokenHash []byte, expires time.Time) error {
	row := staffResetRow{staff, tokenHash, expires}
	return fault(d.gorm.WithContext(ctx).Clauses(upsert("user_id", "token_hash", "expires_at")).Create(&row).Error, "save a reset token")
}

// TakeStaffReset implements ports.StaffSessions.
func (d *DB) TakeStaffReset(ctx context.Context, tokenHash []byte, at time.Time) (string, error) {
	var rows []staffResetRow
	err := d.gorm.WithContext(ctx).Clauses(clause.Returning{}).Where("token_hash = ? and expires_at > ?", tokenHash, at).Delete(&rows).Error
	if err == nil && len(rows) == 0 {
		return "", account.ErrResetToken
	}
	if err != nil {
		return "", fault(err, "use a reset token")
	}
	return rows[0].UserID, nil
}
