package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/ports"
)

// keyLock serialises AddSigningKey over all processes.
const keyLock = 0x68616c756d01

// SigningKeys implements ports.SigningKeys.
func (d *DB) SigningKeys(ctx context.Context) ([]ports.SigningKey, error) {
	rows, err := d.pool.Query(ctx, `select kid, public_key, sealed, created_at from platform.signing_keys order by created_at desc, kid desc`)
	if err != nil {
		return nil, fault(err, "read signing keys")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k ports.SigningKey, err error) {
		return k, row.Scan(&k.KID, &k.Public, &k.Sealed, &k.CreatedAt)
	})
	return all, fault(err, "read signing keys")
}

// AddSigningKey implements ports.SigningKeys. Of two processes that both found a new key due, the second one's is dropped.
func (d *DB) AddSigningKey(ctx context.Context, k ports.SigningKey) error {
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, keyLock); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into platform.signing_keys (kid, public_key, sealed, created_at)
			select $1, $2, $3, $4 where not exists (select 1 from platform.signing_keys where created_at > $4::timestamptz - interval '1 hour')`,
			k.KID, k.Public, k.Sealed, k.CreatedAt)
		return err
	})
	return fault(err, "store a signing key")
}

// ResealSigningKey implements ports.SigningKeys.
func (d *DB) ResealSigningKey(ctx context.Context, k ports.SigningKey) error {
	_, err := d.pool.Exec(ctx, `update platform.signing_keys set sealed = $2 where kid = $1`, k.KID, k.Sealed)
	return fault(err, "seal a signing key anew")
}
