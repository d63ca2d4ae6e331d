package results

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"bench"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a file as ours ("bnch"), so that a database of another
// program is not filled with tables by accident.
const applicationID = 0x626e6368

// steps returns the texts of the migrations in order; the first makes schema
// version 1 of an empty file.
func steps() ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// identify reads whose file it is and which version its schema has.
func identify(ctx context.Context, q queryer) (version int, err error) {
	var id, objects int
	err = q.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).
		Scan(&id, &version, &objects)
	if err != nil {
		return 0, err
	}
	if objects > 0 && id != applicationID {
		return 0, errors.New("is a SQLite database of another program, and left as it is: " +
			"name another file")
	}
	return version, nil
}

// checkVersion refuses a file that this program does not read.
func checkVersion(ctx context.Context, q queryer) error {
	texts, err := steps()
	if err != nil {
		return err
	}
	version, err := identify(ctx, q)
	switch {
	case err != nil:
		return err
	case version > len(texts):
		return newer(version, len(texts))
	case version == 0:
		return errors.New("holds no results: name another file with --db")
	case version < len(texts):
		return fmt.Errorf("%w: it has schema version %d, this bench reads %d, and it has to be opened "+
			"once for writing", ErrOutdated, version, len(texts))
	}
	return nil
}

// migrate applies the migrations that a file does not have yet, each in its
// own transaction. Two processes may do so at once: the second waits, and finds
// the work done.
func migrate(ctx context.Context, conn *sql.Conn) error {
	texts, err := steps()
	if err != nil {
		return err
	}
	for {
		version, err := identify(ctx, conn)
		if err != nil {
			return err
		}
		if version >= len(texts) {
			return checkVersion(ctx, conn)
		}
		if err := step(ctx, conn, texts, version); err != nil {
			return fmt.Errorf("migrate to schema version %d: %w", version+1, err)
		}
	}
}

func step(ctx context.Context, conn *sql.Conn, texts []string, from int) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	version, err := identify(ctx, tx)
	if err != nil || version != from { // done by another process meanwhile
		return errors.Join(err, tx.Rollback())
	}
	text := texts[from] + fmt.Sprintf(";\nPRAGMA application_id = %d; PRAGMA user_version = %d;",
		applicationID, from+1)
	_, err = tx.ExecContext(ctx, text)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// newer is the error of a file with a version that this program does not know.
func newer(version, known int) error {
	return &bench.Failure{
		Status: bench.ExitError,
		Err: fmt.Errorf("has schema version %d, made by a newer bench (this one knows up to %d)",
			version, known),
		Hint: "update bench, or name another file with --db",
	}
}
